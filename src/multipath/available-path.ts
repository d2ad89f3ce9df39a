import {
  Controller,
  CONTROLLER_STRIDE,
  ControllerFlag,
  Head,
  HeadFlag,
  Path,
  PATH_STRIDE,
  PathFlag,
} from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';
import { listAt } from './path-list.js';

/**
 * With no path usable now: may one become usable, so that a bio should wait for it?
 * Access states do not count: a path that is inaccessible may change. lib/multipath.c:
 * mpath_available_path; drivers/nvme/host/multipath.c: nvme_available_path;
 * include/scsi/scsi_device.h: scsi_device_online.
 */
export function availablePath(t: Tables, head: number): boolean {
  const flags = Atomics.load(t.head, head * t.headStride + Head.FLAGS);
  if ((flags & HeadFlag.LIVE) === 0) return false;
  const available = t.head[head * t.headStride + Head.AVAILABLE]!;
  const at = listAt(t, head);
  const count = Atomics.load(t.head, at);
  for (let i = 1; i <= count; i++) {
    if (isAvailable(t, Atomics.load(t.head, at + i), available)) return true;
  }
  return (flags & HeadFlag.QUEUE_IF_NO_PATH) !== 0;
}

function isAvailable(t: Tables, path: number, states: number): boolean {
  const flags = Atomics.load(t.path, path * PATH_STRIDE + Path.FLAGS);
  if ((flags & PathFlag.OFFLINE) !== 0) return false;
  const at = Atomics.load(t.path, path * PATH_STRIDE + Path.CONTROLLER) * CONTROLLER_STRIDE;
  if ((Atomics.load(t.controller, at + Controller.FLAGS) & ControllerFlag.FAILFAST_EXPIRED) !== 0) {
    return false;
  }
  return ((states >> Atomics.load(t.controller, at + Controller.STATE)) & 1) !== 0;
}
