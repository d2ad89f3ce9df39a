import type { AttributeTable } from '../attribute.js';
import { line } from '../format.js';
import { iopolicyOf } from './iopolicy.js';

/** sys/module/nvme_core/parameters. The iopolicy is that of subsystems to come. */
export const NVME_CORE_PARAMETERS: AttributeTable<{ nvme: number }> = [
  iopolicyOf('nvme'),
  { name: 'multipath', mode: 0o444, show: () => line('Y') },
];
