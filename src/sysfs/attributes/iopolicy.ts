import { IOPOLICY_NAMES } from '../../multipath/names.js';
import type { IopolicyOwner } from '../../topology/disk.js';
import type { AttributeTable } from '../attribute.js';
import { line } from '../format.js';
import { matchString } from '../parse.js';

/** lib/multipath.c: mpath_iopolicy_store; drivers/nvme/host/multipath.c. */
export const IOPOLICY: AttributeTable<IopolicyOwner> = [
  {
    name: 'iopolicy',
    mode: 0o644,
    show: ({ iopolicy }) => line(IOPOLICY_NAMES[iopolicy] ?? 'unknown'),
    store: (owner, text) => {
      const iopolicy = matchString(IOPOLICY_NAMES, text);
      if (iopolicy < 0) return iopolicy;
      owner.iopolicy = iopolicy;
      return 0;
    },
  },
];
