import { identifierOf } from './bytes.js';

/** The Namespace Identification Descriptor list. Identifiers in hex digits. */
export interface NamespaceDescriptors {
  readonly eui64: string | undefined;
  readonly nguid: string | undefined;
  readonly uuid: string | undefined;
  /** Command set: 0 NVM, 2 zoned; undefined = not said. */
  readonly csi: number | undefined;
  /** Why the list was not read to its end. */
  readonly error: string | undefined;
}

/** Namespace identifier types, and the bytes that each has. */
const Nidt = { EUI64: 1, NGUID: 2, UUID: 3, CSI: 4 } as const;
const LENGTHS: Readonly<Record<number, number>> = {
  [Nidt.EUI64]: 8,
  [Nidt.NGUID]: 16,
  [Nidt.UUID]: 16,
  [Nidt.CSI]: 1,
};

/** Type, length, two reserved bytes. */
const HEADER_BYTES = 4;

/**
 * drivers/nvme/host/core.c: nvme_identify_ns_descs. A descriptor of the wrong length ends the
 * list, and what stands before it counts; one of an unknown type is passed over.
 */
export function decodeDescriptors(data: Uint8Array): NamespaceDescriptors {
  const found = new Map<number, Uint8Array>();
  const end = (error: string | undefined): NamespaceDescriptors => ({
    eui64: identifierOf(found.get(Nidt.EUI64) ?? new Uint8Array()),
    nguid: identifierOf(found.get(Nidt.NGUID) ?? new Uint8Array()),
    uuid: identifierOf(found.get(Nidt.UUID) ?? new Uint8Array()),
    csi: found.get(Nidt.CSI)?.[0],
    error,
  });
  for (let at = 0; at + HEADER_BYTES <= data.byteLength;) {
    const [type = 0, length = 0] = data.subarray(at, at + 2);
    if (length === 0) return end(undefined);
    const id = data.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length);
    if (id.byteLength < length) return end(`identifier type ${type} runs past the list's end`);
    if (type in LENGTHS) {
      if (length !== LENGTHS[type]) return end(`identifier type ${type} has ${length} bytes`);
      found.set(type, id);
    }
    at += HEADER_BYTES + length;
  }
  return end(undefined);
}
