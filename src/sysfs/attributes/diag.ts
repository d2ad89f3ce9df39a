import type { Controller } from '../../multipath/controller.js';
import type { Head } from '../../multipath/head.js';
import type { Path } from '../../multipath/path.js';
import type { AttributeDeclaration, AttributeTable } from '../attribute.js';
import { line } from '../format.js';
import { kstrtouint } from '../parse.js';
import { property } from './property.js';

/** drivers/nvme/host/sysfs.c, the directory `diag`. A write sets the counter. */

export const HEAD_DIAG: AttributeTable<Head> = [
  counter('io_requeue_no_usable_path_count', 'requeueCount'),
  counter('io_fail_no_available_path_count', 'failCount'),
];

export const PATH_DIAG: AttributeTable<Path> = [
  counter('command_error_count', 'errorCount'),
  counter('command_retry_count', 'retryCount'),
  counter('multipath_failover_count', 'failovers'),
];

export const CONTROLLER_DIAG: AttributeTable<Controller> = [
  counter('command_error_count', 'errorCount'),
  counter('reconnect_count', 'reconnectCount'),
  counter('reset_count', 'resetCount'),
];

/** The kernel's are unsigned longs; these have 32 bits, and what doesn't fit is EINVAL, too. */
function counter<K extends string>(name: string, key: K): AttributeDeclaration<Record<K, number>> {
  return property(name, key, line, (text) => {
    const count = kstrtouint(text);
    return count < 0 ? Number.NaN : count;
  });
}
