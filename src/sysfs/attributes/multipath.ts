import { Errno } from '../../shared/errno.js';
import type { Controller } from '../../multipath/controller.js';
import type { Head } from '../../multipath/head.js';
import { Iopolicy } from '../../multipath/names.js';
import type { Path } from '../../multipath/path.js';
import type { AttributeDeclaration, AttributeTable } from '../attribute.js';
import { bitmapList, line, seconds } from '../format.js';
import { integer, kstrtouint, matchString } from '../parse.js';
import { property } from './property.js';

/** The attributes that both personalities show, some of them under names of their own. */

export const HEAD: AttributeTable<Head> = [
  // lib/multipath.c: mpath_delayed_removal_secs_store.
  unsigned('delayed_removal_secs', 'delayedRemovalSecs'),
  // Not in the kernel: so many failures of a path within so many seconds make it marginal, and so
  // many seconds without one normal again.
  unsigned('marginal_path_failures', 'marginalPathFailures'),
  unsigned('marginal_path_window_secs', 'marginalPathWindowSecs'),
  unsigned('marginal_path_recovery_secs', 'marginalPathRecoverySecs'),
];

/** Not in the kernel: the path is used when nothing else is left. */
export const MARGINAL: AttributeTable<Path> = [
  {
    name: 'marginal',
    mode: 0o644,
    show: ({ marginal }) => line(marginal ? 1 : 0),
    store: (path, text) => {
      const value = matchString(['0', '1'], text);
      if (value < 0) return value;
      path.marginal = value === 1;
      return 0;
    },
  },
];

function unsigned<K extends string>(name: string, key: K): AttributeDeclaration<Record<K, number>> {
  return {
    name,
    mode: 0o644,
    show: (object) => line(object[key]),
    store: (object, text) => {
      const value = kstrtouint(text);
      if (value < 0) return value;
      (object as Record<string, number>)[key] = value;
      return 0;
    },
  };
}

/** Nodes that use the path; empty unless the policy is numa (mpath_numa_nodes_show). */
export function numaNodes(name: string): AttributeDeclaration<Path> {
  return {
    name,
    mode: 0o444,
    show: (path) => (path.head.iopolicy === Iopolicy.NUMA ? bitmapList(path.currentNodes()) : ''),
  };
}

/** The whole controller's; empty unless the policy is queue-depth (mpath_queue_depth_show). */
export function queueDepth(name: string): AttributeDeclaration<Path> {
  return {
    name,
    mode: 0o444,
    show: ({ head, controller }) =>
      head.iopolicy === Iopolicy.QUEUE_DEPTH ? line(controller.nrActive) : '',
  };
}

/**
 * Faults at will. make-it-fail takes a number as block/genhd.c: part_fail_store does, but
 * answers EINVAL to anything else, which the kernel takes and ignores.
 */
export const FAULT: AttributeTable<Path> = [
  {
    name: 'make-it-fail',
    mode: 0o644,
    show: ({ makeItFail }) => line(makeItFail ? 1 : 0),
    store: (path, text) => {
      const value = integer(text);
      if (Number.isNaN(value)) return -Errno.EINVAL;
      path.makeItFail = value !== 0;
      return 0;
    },
  },
  {
    name: 'make-it-slow',
    mode: 0o644,
    show: ({ slowUs }) => line(slowUs),
    store: (path, text) => {
      const us = kstrtouint(text);
      if (us < 0) return us;
      if (us > SLOW_US_MAX) return -Errno.ERANGE;
      path.slowUs = us;
      return 0;
    },
  },
];

/** What the table's word holds. */
const SLOW_US_MAX = 0x7fff_ffff;

/** nvme_ctrl_reconnect_delay_store and its like: any number that can't be is EINVAL. */
export const TIMEOUTS: AttributeTable<Controller> = [
  {
    name: 'reconnect_delay',
    mode: 0o644,
    show: ({ reconnectDelay }) => line(reconnectDelay),
    store: (controller, text) => {
      const secs = kstrtouint(text, 10);
      // The kernel takes 0 here, and then divides by it.
      if (secs < 1) return -Errno.EINVAL;
      controller.reconnectDelay = secs;
      return 0;
    },
  },
  property('ctrl_loss_tmo', 'ctrlLossTmo', seconds, integer),
  property('fast_io_fail_tmo', 'fastIoFailTmo', seconds, integer),
];
