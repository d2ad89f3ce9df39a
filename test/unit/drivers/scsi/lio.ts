/** What a logical unit of Linux's own target (LIO 4.0, kernel 6.12, a RAM disk) sends. */
export function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));
}

/** Standard INQUIRY data, 96 bytes. */
export const INQUIRY = bytes(`
  000006025bb81002 4c494f2d4f524720 52414d4449534b2d4d43502020202020 342e3020
  0000000000000000000000000000000000000000 00000a00c60046004c00
  ${'00'.repeat(30)}`);

export const WWID = 'naa.6001405e3e3e3e300000000000000000';

/** VPD pages by code; 0x83 through port `port` of group `group`. */
export function pages(port = 2, group = 0): Map<number, Uint8Array> {
  const id = (value: number): string => value.toString(16).padStart(4, '0');
  return new Map([
    [0x00, bytes('00000008 00808386b0b1b2b3')],
    [
      0x80,
      bytes('00800025 65336533653365332d303030302d303030302d303030302d30303030303030303030303100'),
    ],
    [
      0x83,
      bytes(`008300a9
        01030010 6001405e3e3e3e300000000000000000
        02010039 4c494f2d4f52472052414d4449534b2d4d43503a65336533653365332d
                 303030302d303030302d303030302d30303030303030303030303100
        61940004 0000${id(port)}
        61950004 0000${id(group)}
        01060004 00000000
        63980020 6e61612e353030313430353030303030303030322c742c30783030303100000
                 0
        63a80018 6e61612e3530303134303530303030303030303200000000`),
    ],
    [0xb0, bytes('00b00010 01010001fffffff8fffffff800000000')],
    [0xb1, bytes(`00b1003c 0001 ${'00'.repeat(58)}`)],
    [0xb2, bytes('00b20004 00000000')],
  ]);
}
