/**
 * Where a reactor's requests come from: it turns them into bios for the core and answers them
 * when the bios end. It shares the reactor's ring; implemented by src/fuse.
 */
export interface Frontend {
  /** A completion whose tag is not one of the reactor's own (see Tag). */
  completed(tag: number, result: number): void;
  /** The bio ended: see BioEnd. */
  end(bio: number, error: number): void;
  /** START, REPLY, RELEASE or INTERRUPT from the main thread. */
  mail(what: number, a: number, b: number, c: number): void;
  /** False once the source of requests is gone, for example unmounted; true before START. */
  readonly connected: boolean;
}

/** What a reactor tells the main thread, by postMessage. All of it is rare. */
export type ReactorMessage =
  /** Request entries that the main thread has to answer. */
  | { readonly kind: 'requests'; readonly entries: readonly number[] }
  | { readonly kind: 'pathFailed'; readonly path: number; readonly errno: number }
  /** Path checks ended: path, errno (0 if the device answered), path, errno ... */
  | { readonly kind: 'checked'; readonly answers: readonly number[] }
  /** A page read ended: errno, or 0 and the bytes that are in its slot. */
  | {
      readonly kind: 'page';
      readonly bio: number;
      readonly errno: number;
      readonly length: number;
    }
  | { readonly kind: 'wrotePastEnd'; readonly bdev: number }
  /** The kernel asks no more whether a file is ready. */
  | { readonly kind: 'pollRefused' }
  | { readonly kind: 'heap'; readonly used: number }
  /** The reactor can't go on; it has stopped. */
  | { readonly kind: 'failed'; readonly message: string };
