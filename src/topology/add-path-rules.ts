/** Whether a path that is added at run time fits what is there. */
import type { AddPathWords } from '../config/add-path.js';
import type { DiskConfig } from '../config/types.js';
import { IOPOLICY_NAMES } from '../multipath/names.js';
import { NvmeHead, type NvmeController, type NvmeSubsystem } from './nvme.js';
import type { AnyHead, Timeouts } from './personality.js';
import { Refusal } from './refusal.js';

/** A new disk of a subsystem that is there can't differ in what is the subsystem's. */
export function checkSubsystem(
  words: AddPathWords,
  config: DiskConfig,
  subsystem: NvmeSubsystem | undefined,
): void {
  if (subsystem === undefined) return;
  const theirs = {
    iopolicy: IOPOLICY_NAMES[subsystem.iopolicy],
    model: subsystem.model,
    serial: subsystem.serial,
    firmware_rev: subsystem.firmwareRev,
  };
  for (const [key, value] of Object.entries(theirs)) {
    refuseOther(words.pairs, key, value, subsystem.name);
  }
  checkController(words, config, subsystem.controllers, undefined);
}

/** What names the disk must name the one that is there. Its other keys are those of a new disk. */
export function checkJoin(words: AddPathWords, config: DiskConfig, head: AnyHead): void {
  const { pairs } = words;
  refuseOther(pairs, 'logical_block_size', String(head.blockSize), head.name);
  if (!(head instanceof NvmeHead)) return;
  refuseOther(pairs, 'subsysnqn', head.subsystem.subsysnqn, head.name);
  refuseOther(pairs, 'nsid', String(head.nsid), head.name);
  checkController(words, config, head.subsystem.controllers, head);
}

/** A path on a controller that is there, by its cntlid. */
function checkController(
  { pairs }: AddPathWords,
  { paths: [path] }: DiskConfig,
  controllers: readonly NvmeController[],
  head: NvmeHead | undefined,
): void {
  if (path?.cntlid === undefined) return;
  const controller = controllers.find(({ cntlid }) => cntlid === path.cntlid);
  if (controller === undefined) return;
  if (controller.controller.deleting) {
    throw new Refusal('EBUSY', `${controller.name}: is being deleted`);
  }
  if (controller.paths.some(({ disk }) => disk === head)) {
    throw new Refusal('EEXIST', `${controller.name}: has a path to ${head?.name} already`);
  }
  refuseOther(pairs, 'transport', controller.transport, controller.name);
  refuseOther(pairs, 'address', controller.address, controller.name);
  refuseOther(pairs, 'numa_node', String(controller.numaNode), controller.name);
}

function refuseOther(
  pairs: ReadonlyMap<string, string>,
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
