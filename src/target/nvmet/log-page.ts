/** drivers/nvme/target/admin-cmd.c: the log pages. */
import { anaStateNumber } from './ana-state.js';
import type { NvmetController } from './controller.js';

export const LogPage = {
  ERROR: 0x01,
  SMART: 0x02,
  FW_SLOT: 0x03,
  CHANGED_NS: 0x04,
  CMD_EFFECTS: 0x05,
  ANA: 0x0c,
} as const;

/** Log specific field of the ANA log page: return groups only. */
const RGO = 0x1;
const CHANGED_NS_LENGTH = 4096;
const EFFECTS_LENGTH = 4096;
/** More changed namespaces than that are told as "all". */
const MAX_CHANGED = 1024;
const SUPPORTED = 0x1;
const CHANGES_LBA_CONTENT = 0x2;

/** The whole page, undefined where there is none; `lsp` is the log specific field. */
export function logPage(
  controller: NvmetController,
  lid: number,
  lsp: number,
): Uint8Array | undefined {
  switch (lid) {
    // No error is kept, file-backed namespaces count nothing, and the one firmware slot has no name.
    case LogPage.ERROR:
      return new Uint8Array(128 * 64);
    case LogPage.SMART:
    case LogPage.FW_SLOT:
      return new Uint8Array(512);
    case LogPage.CHANGED_NS:
      return changedNamespaces(controller);
    case LogPage.CMD_EFFECTS:
      return commandEffects();
    case LogPage.ANA:
      return anaLog(controller, (lsp & RGO) !== 0);
    default:
      return undefined;
  }
}

/** Each group that is in use anywhere, whether or not it has a namespace in this subsystem. */
function anaLog({ nvmet, port, subsystem }: NvmetController, groupsOnly: boolean): Uint8Array {
  const groups = nvmet.anaGroups.map((group) => ({
    group,
    nsids: groupsOnly
      ? []
      : [...subsystem.namespaces.values()]
          .filter((ns) => ns.enabled && ns.anaGrpid === group)
          .map((ns) => ns.nsid),
  }));
  const length = groups.reduce((sum, { nsids }) => sum + 32 + nsids.length * 4, 16);
  const page = new Uint8Array(length);
  const view = new DataView(page.buffer);
  view.setBigUint64(0, nvmet.chgcnt, true);
  view.setUint16(8, groups.length, true);
  let at = 16;
  for (const { group, nsids } of groups) {
    view.setUint32(at, group, true);
    view.setUint32(at + 4, nsids.length, true);
    view.setBigUint64(at + 8, nvmet.chgcnt, true);
    view.setUint8(at + 16, anaStateNumber(port.anaState(group)));
    at += 32;
    for (const nsid of nsids) {
      view.setUint32(at, nsid, true);
      at += 4;
    }
  }
  return page;
}

function changedNamespaces(controller: NvmetController): Uint8Array {
  const page = new Uint8Array(CHANGED_NS_LENGTH);
  const view = new DataView(page.buffer);
  const nsids = controller.takeChangedNamespaces();
  if (nsids.length > MAX_CHANGED) view.setUint32(0, 0xffffffff, true);
  else for (const [place, nsid] of nsids.entries()) view.setUint32(place * 4, nsid, true);
  return page;
}

function commandEffects(): Uint8Array {
  const page = new Uint8Array(EFFECTS_LENGTH);
  const view = new DataView(page.buffer);
  for (const opcode of [0x02, 0x06, 0x08, 0x09, 0x0a, 0x18]) {
    view.setUint32(opcode * 4, SUPPORTED, true);
  }
  const io = 1024;
  view.setUint32(io + 0x00 * 4, SUPPORTED, true);
  view.setUint32(io + 0x01 * 4, SUPPORTED | CHANGES_LBA_CONTENT, true);
  view.setUint32(io + 0x02 * 4, SUPPORTED, true);
  return page;
}
