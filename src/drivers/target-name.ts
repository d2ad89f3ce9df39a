/** Whether a device is a port of a software target, `nvmet:PORT/NQN/NSID` or `target:WWN/LUN`. */
export function isTargetName(device: string): boolean {
  return device.startsWith('nvmet:') || device.startsWith('target:');
}
