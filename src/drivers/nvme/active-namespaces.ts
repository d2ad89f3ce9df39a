import { viewOf, type Refusal } from './bytes.js';

/** NSIDs of an active namespace list: ascending, ended by a 0 or by the list's end. */
export function decodeActiveNamespaces(data: Uint8Array): readonly number[] | Refusal {
  const view = viewOf(data);
  const nsids: number[] = [];
  for (let at = 0; at + 4 <= view.byteLength; at += 4) {
    const nsid = view.getUint32(at, true);
    if (nsid === 0) break;
    if (nsid <= (nsids.at(-1) ?? 0)) return { error: `NSID ${nsid} is out of order` };
    nsids.push(nsid);
  }
  return nsids;
}
