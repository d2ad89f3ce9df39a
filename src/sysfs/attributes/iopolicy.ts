import { IOPOLICY_NAMES } from '../../multipath/names.js';
import type { IopolicyOwner } from '../../topology/disk.js';
import type { AttributeDeclaration, AttributeTable } from '../attribute.js';
import { line } from '../format.js';
import { matchString } from '../parse.js';

/** lib/multipath.c: mpath_iopolicy_store; drivers/nvme/host/multipath.c. */
export const IOPOLICY: AttributeTable<IopolicyOwner> = [iopolicyOf('iopolicy')];

/** An iopolicy that an object has under `key`: a module's parameter, too (nvme_set_iopolicy). */
export function iopolicyOf<K extends string>(key: K): AttributeDeclaration<Record<K, number>> {
  return {
    name: 'iopolicy',
    mode: 0o644,
    show: (owner) => line(IOPOLICY_NAMES[owner[key]] ?? 'unknown'),
    store: (owner, text) => {
      const iopolicy = matchString(IOPOLICY_NAMES, text);
      if (iopolicy < 0) return iopolicy;
      (owner as Record<string, number>)[key] = iopolicy;
      return 0;
    },
  };
}
