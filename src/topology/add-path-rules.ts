/** Whether a path that is added at run time fits what is there. */
import type { AddPathWords } from '../config/add-path.js';
import { IOPOLICY_NAMES } from '../multipath/names.js';
import type { Identified } from './identify.js';
import { NvmeHead, type NvmeController, type NvmeSubsystem } from './nvme.js';
import type { AnyHead, Timeouts } from './personality.js';
import { Refusal } from './refusal.js';

/** A new disk of a subsystem that is there can't differ in what is the subsystem's. */
export function checkSubsystem(
  words: AddPathWords,
  found: Identified,
  subsystem: NvmeSubsystem,
): void {
  const theirs = {
    iopolicy: IOPOLICY_NAMES[subsystem.iopolicy],
    model: subsystem.model,
    serial: subsystem.serial,
    firmware_rev: subsystem.firmwareRev,
  };
  for (const [key, value] of Object.entries(theirs)) {
    refuseOther(words, key, value, subsystem.name);
  }
  checkController(words, controllerOf(found, subsystem));
}

/** What names the disk must name the one that is there. Its other keys are those of a new disk. */
export function checkJoin(words: AddPathWords, found: Identified, head: AnyHead): void {
  refuseOther(words, 'logical_block_size', String(head.blockSize), head.name);
  if (head instanceof NvmeHead) {
    refuseOther(words, 'subsysnqn', head.subsystem.subsysnqn, head.name);
    refuseOther(words, 'nsid', String(head.nsid), head.name);
  }
  checkWay(found, head);
  if (head instanceof NvmeHead) checkController(words, controllerOf(found, head.subsystem, head));
}

/** The disk has no such path yet, and its controller, if it is there, stays. */
export function checkWay(found: Identified, head: AnyHead): void {
  if (head instanceof NvmeHead) {
    const controller = controllerOf(found, head.subsystem, head);
    if (controller === undefined) return;
    if (controller.controller.deleting) {
      throw new Refusal('EBUSY', `${controller.name}: is being deleted`);
    }
    if (controller.paths.some(({ disk }) => disk === head)) {
      throw new Refusal('EEXIST', `${controller.name}: has a path to ${head.name} already`);
    }
    return;
  }
  const { identity } = found.path.opened;
  const same = head.paths.find(
    ({ opened }) =>
      opened.identity?.kind === 'scsi' &&
      identity?.kind === 'scsi' &&
      opened.identity.address === identity.address,
  );
  if (same !== undefined) throw new Refusal('EEXIST', `${same.device}: is the same path`);
}

/** The controller that the path is of, if it is there. */
function controllerOf(
  { path }: Identified,
  subsystem: NvmeSubsystem,
  head?: NvmeHead,
): NvmeController | undefined {
  return subsystem.controllerOf(path.config, path.opened.identity !== undefined, head);
}

function checkController(words: AddPathWords, controller: NvmeController | undefined): void {
  if (controller === undefined) return;
  if (controller.controller.deleting) {
    throw new Refusal('EBUSY', `${controller.name}: is being deleted`);
  }
  refuseOther(words, 'transport', controller.transport, controller.name);
  refuseOther(words, 'address', controller.address, controller.name);
  refuseOther(words, 'numa_node', String(controller.numaNode), controller.name);
}

function refuseOther(
  { pairs }: AddPathWords,
  key: string,
  theirs: string | undefined,
  name: string,
): void {
  const value = pairs.get(key);
  if (value === undefined || value === theirs) return;
  throw new Refusal('EINVAL', `${key}: must be that of ${name}, ${theirs}`);
}

/** Those that are given, and for the rest those of the disk. */
export function timeouts(
  { pairs }: AddPathWords,
  given: Timeouts,
  disk: Timeouts = given,
): Timeouts {
  const pick = (key: keyof Timeouts): number => (pairs.has(key) ? given : disk)[key];
  return {
    reconnect_delay: pick('reconnect_delay'),
    ctrl_loss_tmo: pick('ctrl_loss_tmo'),
    fast_io_fail_tmo: pick('fast_io_fail_tmo'),
  };
}
