import type { Limits } from '../../shared/limits.js';
import type { Capacity } from './capacity.js';
import { isRefusal } from './refusal.js';
import {
  decodeBlockCharacteristics,
  decodeBlockLimits,
  decodeProvisioning,
  VpdPage,
} from './vpd.js';

/**
 * The limits of a unit by what it says of itself, with those of `file` where it says nothing.
 * Behind a real port the block layer has worked them out already; a software target has none.
 * drivers/scsi/sd.c: sd_read_block_limits, sd_config_discard, sd_read_block_characteristics.
 */
export function unitLimits(
  file: Limits,
  capacity: Capacity,
  vpd: ReadonlyMap<number, Uint8Array>,
): Limits {
  const block = capacity.blockLength;
  const limits = page(vpd, VpdPage.BLOCK_LIMITS, decodeBlockLimits);
  const characteristics = page(vpd, VpdPage.BLOCK_CHARACTERISTICS, decodeBlockCharacteristics);
  const provisioning = page(vpd, VpdPage.PROVISIONING, decodeProvisioning);
  const longest = (limits?.maxUnmap ?? 0) * block; // 0 = as long as it is asked to.
  const physicalBlockSize = Math.max(file.logicalBlockSize, capacity.physicalBlockLength);
  const unmap = capacity.provisioned && (provisioning?.unmap ?? (limits?.maxUnmap ?? 0) > 0);
  return {
    ...file,
    physicalBlockSize,
    minimumIoSize: Math.max(physicalBlockSize, (limits?.optimalGranularity ?? 0) * block),
    optimalIoSize: (limits?.optimalTransfer ?? 0) * block,
    discardGranularity: unmap
      ? Math.max(physicalBlockSize, (limits?.unmapGranularity ?? 0) * block)
      : 0,
    maxDiscardBytes: unmap ? Math.min(file.maxDiscardBytes, longest === 0 ? Infinity : longest) : 0,
    rotational:
      characteristics === undefined ? file.rotational : characteristics.rotationRate !== 1,
  };
}

function page<T extends object>(
  vpd: ReadonlyMap<number, Uint8Array>,
  code: number,
  decode: (bytes: Uint8Array) => T | { readonly error: string },
): T | undefined {
  const bytes = vpd.get(code);
  if (bytes === undefined) return undefined;
  const decoded = decode(bytes);
  return isRefusal(decoded) ? undefined : decoded;
}
