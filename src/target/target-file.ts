import type { DeviceFile } from '../drivers/device-file.js';

/**
 * The image as the block device of one port: gone while `present` says so, as the host's is. It is
 * closed once, followed by `closed`.
 */
export function targetFile(
  file: DeviceFile,
  present: () => boolean,
  closed: () => void,
): DeviceFile {
  let open = true;
  return {
    fd: file.fd,
    capacity: file.capacity,
    blockSize: file.blockSize,
    limits: file.limits,
    direct: file.direct,
    inMemory: file.inMemory,
    block: file.block,
    devt: file.devt,
    size: () => (present() ? file.size() : 0),
    close() {
      if (!open) return;
      open = false;
      file.close();
      closed();
    },
  };
}
