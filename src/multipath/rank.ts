import { Head, Path, PATH_STRIDE, PathRank } from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';
import { AccessState } from './names.js';
import { listAt } from './path-list.js';

/**
 * The rank of a path: marginal ones come behind all others, non-optimized ones behind optimized
 * ones; of those that are equal so far, preferred ones come first (SPC: PREF).
 */
export function rankOf(accessState: number, preferred: boolean, marginal: boolean): number {
  if (accessState !== AccessState.OPTIMIZED && accessState !== AccessState.NONOPTIMIZED) {
    return PathRank.NO_IO;
  }
  return (
    (accessState === AccessState.NONOPTIMIZED ? PathRank.NONOPTIMIZED : 0) +
    (preferred ? 0 : PathRank.NOT_PREFERRED) +
    (marginal ? PathRank.MARGINAL : 0)
  );
}

export function rank(t: Tables, path: number): number {
  return Atomics.load(t.path, path * PATH_STRIDE + Path.RANK);
}

/**
 * The lowest rank that a path of the head may have: a policy that meets it looks no further. A
 * hint, and so a plain load.
 */
export function bestRank(t: Tables, head: number): number {
  return t.head[head * t.headStride + Head.BEST_RANK]!;
}

/**
 * Main thread: after every change of the list or of a rank in it. In between a policy may stop at
 * a path that is no longer the best, for that one bio; which paths are usable at all does not
 * hang on it.
 */
export function publishBestRank(t: Tables, head: number): void {
  const at = listAt(t, head);
  const count = Atomics.load(t.head, at);
  let best: number = PathRank.NO_IO;
  for (let i = 1; i <= count; i++) best = Math.min(best, rank(t, Atomics.load(t.head, at + i)));
  Atomics.store(t.head, head * t.headStride + Head.BEST_RANK, best);
}
