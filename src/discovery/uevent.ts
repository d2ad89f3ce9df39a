/** One uevent of the kernel, as it comes over netlink (lib/kobject_uevent.c). */
export interface Uevent {
  /** `add`, `remove`, `change`, `move`, `online`, `offline`, `bind`, `unbind`. */
  readonly action: string;
  /** `/devices/...`, below /sys. */
  readonly devpath: string;
  /** SUBSYSTEM, DEVTYPE, DEVNAME, MAJOR, MINOR, SEQNUM, NVME_AEN ... */
  readonly variables: ReadonlyMap<string, string>;
}

/**
 * Reads a message of the kernel's: `ACTION@DEVPATH` and then `KEY=value`, each ended by a zero.
 * Undefined for any other bytes, udev's own messages too.
 */
export function parseUevent(message: Uint8Array): Uevent | undefined {
  const [summary = '', ...words] = Buffer.from(message).toString('utf8').split('\0');
  const at = summary.indexOf('@');
  const action = summary.slice(0, Math.max(at, 0));
  const devpath = summary.slice(at + 1);
  if (!/^[a-z]+$/.test(action) || !devpath.startsWith('/')) return undefined;
  const variables = new Map<string, string>();
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals > 0) variables.set(word.slice(0, equals), word.slice(equals + 1));
  }
  return { action, devpath, variables };
}
