import {
  Controller,
  CONTROLLER_STRIDE,
  Head,
  Path,
  PATH_STRIDE,
  PathFlag,
  PathRank,
} from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';
import { rank } from './rank.js';

/** The state of the path's controller, a ControllerState. */
export function controllerState(t: Tables, path: number): number {
  const controller = Atomics.load(t.path, path * PATH_STRIDE + Path.CONTROLLER);
  return Atomics.load(t.controller, controller * CONTROLLER_STRIDE + Controller.STATE);
}

/** Controller states in which the head's paths take I/O, a set: HeadTemplate.usable. */
export function usableStates(t: Tables, head: number): number {
  return t.head[head * t.headStride + Head.USABLE]!;
}

/** Those in which a path may count as optimized: HeadTemplate.optimized. */
export function optimizedStates(t: Tables, head: number): number {
  return t.head[head * t.headStride + Head.OPTIMIZED_IN]!;
}

/** Of these flags only READY may be set on a path that is used. */
const USABLE = PathFlag.READY | PathFlag.ANA_PENDING | PathFlag.OFFLINE;

/** As far as its flags go. */
export function isReady(t: Tables, path: number): boolean {
  const flags = Atomics.load(t.path, path * PATH_STRIDE + Path.FLAGS);
  return (flags & USABLE) === PathFlag.READY;
}

/**
 * lib/multipath.c: mpath_is_disabled; drivers/nvme/host/multipath.c: nvme_path_is_disabled.
 * `usable` is usableStates of its head: whoever walks a list reads it once.
 * One that is being deleted (NVMe) still takes I/O: what is in flight to it is flushed first.
 */
export function isDisabled(t: Tables, path: number, usable: number): boolean {
  return !isReady(t, path) || ((usable >> controllerState(t, path)) & 1) === 0;
}

/** lib/multipath.c: mpath_is_optimized; drivers/nvme/host/multipath.c: nvme_path_is_optimized. */
export function isOptimized(t: Tables, head: number, path: number): boolean {
  if ((rank(t, path) & (PathRank.NO_IO | PathRank.NONOPTIMIZED)) !== 0) return false;
  return ((optimizedStates(t, head) >> controllerState(t, path)) & 1) !== 0;
}
