import { GROUP_DESCRIPTOR_BYTES, LOG_HEADER_BYTES, NSID_BYTES } from './ana-log.js';
import type { Refusal } from './bytes.js';
import { Cmic, type ControllerData } from './identify-controller.js';

/** What a controller's ANA log can be. */
export interface AnaFormat {
  /** Bytes to ask for: room for every group and every namespace. */
  readonly logBytes: number;
  readonly anagrpmax: number;
  /** ANATT: seconds that a group may stay in the state `change`; 0 = not said. */
  readonly transitionSecs: number;
}

/** The largest log that is read where MDTS sets no limit (drivers/nvme/host/pci.c: NVME_MAX_BYTES). */
const MAX_BYTES = 8 * 2 ** 20;

/**
 * drivers/nvme/host/multipath.c: nvme_mpath_init_identify. Undefined: the controller has no ANA.
 * A refusal: it says it has, but its log can't be read, so ANA is disabled. MDTS counts in the
 * controller's smallest page (CAP.MPSMIN), which no command tells: 4096 bytes, the smallest there
 * is. MNAN 0, with which the kernel does not take the controller at all, means NN, as in libnvme.
 */
export function anaFormat(id: ControllerData): AnaFormat | Refusal | undefined {
  if ((id.cmic & Cmic.ANA) === 0) return undefined;
  if (id.mnan > id.nn) return { error: `it allows ${id.mnan} namespaces (MNAN) of ${id.nn} (NN)` };
  const namespaces = id.mnan === 0 ? id.nn : id.mnan;
  const logBytes =
    LOG_HEADER_BYTES + id.nanagrpid * GROUP_DESCRIPTOR_BYTES + namespaces * NSID_BYTES;
  const limit = id.mdts === 0 ? MAX_BYTES : Math.min(MAX_BYTES, 2 ** (12 + id.mdts));
  if (logBytes > limit)
    return { error: `its ANA log of ${logBytes} bytes is above ${limit} (MDTS)` };
  return { logBytes, anagrpmax: id.anagrpmax, transitionSecs: id.anatt };
}
