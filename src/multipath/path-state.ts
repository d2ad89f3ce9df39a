import { Controller, CONTROLLER_STRIDE, Path, PATH_STRIDE, PathFlag } from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';
import { AccessState, ControllerState } from './names.js';

/** The state of the path's controller, a ControllerState. */
export function controllerState(t: Tables, path: number): number {
  const controller = Atomics.load(t.path, path * PATH_STRIDE + Path.CONTROLLER);
  return Atomics.load(t.controller, controller * CONTROLLER_STRIDE + Controller.STATE);
}

export function accessState(t: Tables, path: number): number {
  return Atomics.load(t.path, path * PATH_STRIDE + Path.ACCESS_STATE);
}

/** Of these flags only READY may be set on a path that is used. */
const USABLE = PathFlag.READY | PathFlag.ANA_PENDING | PathFlag.OFFLINE;

/**
 * drivers/nvme/host/multipath.c: nvme_path_is_disabled. A controller that is being deleted
 * still takes I/O: what is in flight to it is flushed first.
 */
export function isDisabled(t: Tables, path: number): boolean {
  const flags = Atomics.load(t.path, path * PATH_STRIDE + Path.FLAGS);
  if ((flags & USABLE) !== PathFlag.READY) return true;
  const state = controllerState(t, path);
  return state !== ControllerState.LIVE && state !== ControllerState.DELETING;
}

/** drivers/nvme/host/multipath.c: nvme_path_is_optimized. */
export function isOptimized(t: Tables, path: number): boolean {
  return (
    accessState(t, path) === AccessState.OPTIMIZED &&
    controllerState(t, path) === ControllerState.LIVE
  );
}
