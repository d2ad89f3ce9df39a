/** A network that swallows packets, so that nobody is told (nftables). */
import { output } from '../../support/child.js';
import { modprobe } from './sys.js';

const TABLE = ['ip', 'hole'];
const CHAIN = [...TABLE, 'input'];

export async function startPacketFilter(): Promise<void> {
  await modprobe('nf_tables');
  await nft('add', 'table', ...TABLE);
  await nft('add', 'chain', ...CHAIN, '{ type filter hook input priority 0; }');
}

/** What goes to that port is lost from now on. */
export async function swallow(tcpPort: number): Promise<void> {
  await nft('add', 'rule', ...CHAIN, 'tcp', 'dport', String(tcpPort), 'drop');
}

/** Everything gets through again. */
export async function letThrough(): Promise<void> {
  await nft('flush', 'chain', ...CHAIN);
}

async function nft(...words: readonly string[]): Promise<void> {
  await output(['nft', ...words]);
}
