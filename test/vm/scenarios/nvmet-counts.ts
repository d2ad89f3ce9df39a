/**
 * Which path takes how much I/O, for each policy and mixture of ANA states: first with the
 * kernel's own multipath (`nvmet-counts kernel`), then with mpathfs (`nvmet-counts mpathfs`),
 * which has to do the same.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/child.js';
import { IOPOLICY_NAMES } from '../../../src/multipath/names.js';
import type { IopolicyName } from '../../../src/multipath/names.js';
import { fio } from '../../support/fio.js';
import { onlyHead } from '../guest/heads.js';
import { mountScanned, umount } from '../guest/mpathfs.js';
import { Nvmet } from '../guest/nvmet.js';
import type { AnaState } from '../guest/nvmet.js';
import { check, say, scenario } from '../guest/report.js';
import { ios, list, read, write } from '../guest/sys.js';

const O = 'optimized';
const N = 'non-optimized';
const I = 'inaccessible';
/** The states of the three ports. */
const MIXTURES: readonly (readonly AnaState[])[] = [
  [O, O, O],
  [O, N, O],
  [I, O, O],
  [N, O, I],
  [N, N, N],
  [I, N, N],
  [I, I, N],
];
const PORTS = 3;
const IOS = 300;
/** Shares of I/O, 0 to 1, may differ by this at depth 1: a path may be half way round. */
const TOLERANCE = 0.02;
const NOTICED_MS = 15_000;
const RESULTS = '/share/counts.json';

/** The disk with all its paths, whoever combines them. */
interface Disk {
  readonly file: string;
  setIopolicy(policy: IopolicyName): void;
  /** In the order of the ports. */
  states(): readonly string[];
  ios(): readonly number[];
}

/** By title of the case: how much of the I/O each port had. */
type Shares = Record<string, readonly number[]>;

await scenario(async () => {
  const nvmet = await Nvmet.start({ transport: 'loop', ports: PORTS, namespaces: 1 });
  const own = process.argv[2] === 'mpathfs';
  if (own) await mountScanned();
  const disk = own ? mpathfsDisk(nvmet) : kernelDisk(nvmet);
  const shares: Shares = {};
  const kernels = own ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Shares) : {};
  for (const policy of IOPOLICY_NAMES) {
    for (const mixture of MIXTURES) {
      for (const depth of policy === 'queue-depth' ? [1, 8] : [1]) {
        const title = `${policy}, ${mixture.join(' ')}, ${depth} at a time`;
        await check(title, async () => {
          const measured = await measure(disk, nvmet, policy, mixture, depth);
          shares[title] = measured;
          say(`     ${percent(measured)}${own ? `, the kernel: ${percent(kernels[title])}` : ''}`);
          if (depth > 1) assertSpread(measured, mixture);
          else if (own) compare(measured, kernels[title] ?? []);
        });
      }
    }
  }
  if (own) await umount();
  else writeFileSync(RESULTS, JSON.stringify(shares));
});

async function measure(
  disk: Disk,
  nvmet: Nvmet,
  policy: IopolicyName,
  mixture: readonly AnaState[],
  depth: number,
): Promise<readonly number[]> {
  mixture.forEach((state, index) => nvmet.setState(index + 1, 1, state));
  await until('the states are known', () => disk.states().join() === mixture.join(), NOTICED_MS);
  // Forgets the current path: each case starts afresh.
  disk.setIopolicy(policy === 'numa' ? 'round-robin' : 'numa');
  disk.setIopolicy(policy);
  const before = disk.ios();
  const options = {
    filename: disk.file,
    rw: 'randread',
    bs: '4k',
    size: '8m',
    direct: 1,
    // One CPU: the kernel has a current path for each node, and a race for each CPU more.
    cpus_allowed: 0,
    ioengine: 'libaio',
    iodepth: depth,
    number_ios: IOS,
  };
  const result = await fio(options, 60_000);
  assert.equal(result.error, 0);
  const counts = disk.ios().map((count, index) => count - (before[index] ?? 0));
  return counts.map((count) => count / IOS);
}

function compare(own: readonly number[], kernels: readonly number[]): void {
  const difference = `${percent(own)}, the kernel: ${percent(kernels)}`;
  for (const [index, share] of own.entries()) {
    assert.ok(Math.abs(share - (kernels[index] ?? NaN)) <= TOLERANCE, difference);
  }
}

/**
 * With several at a time the shares depend on how long each I/O takes, for the kernel too: what
 * holds is that only the best paths are used, and more than one of them.
 */
function assertSpread(shares: readonly number[], mixture: readonly AnaState[]): void {
  const best = mixture.includes(O) ? O : N;
  const spread = shares.filter((share) => share > 0).length;
  for (const [index, share] of shares.entries()) {
    assert.ok(share === 0 || mixture[index] === best, `${mixture[index]}: ${percent(shares)}`);
  }
  assert.ok(
    spread >= Math.min(2, mixture.filter((state) => state === best).length),
    percent(shares),
  );
}

function percent(shares: readonly number[] | undefined): string {
  return (shares ?? []).map((share) => `${(share * 100).toFixed(1)}%`).join(' ');
}

function mpathfsDisk(nvmet: Nvmet): Disk {
  const head = onlyHead(PORTS);
  const paths = nvmet.ports.map((port) => {
    const path = head.paths.find(({ address }) => address.startsWith(nvmet.address(port)));
    assert.ok(path !== undefined, `no path to port ${port}`);
    return path;
  });
  return {
    file: head.file,
    setIopolicy: (policy) => (head.iopolicy = policy),
    states: () => paths.map((path) => path.accessState),
    ios: () => paths.map((path) => path.ios),
  };
}

function kernelDisk(nvmet: Nvmet): Disk {
  const disks = list('/sys/block').filter((name) => name.startsWith('nvme'));
  const head = disks.find((name) => /^nvme\d+n\d+$/.test(name));
  assert.ok(head !== undefined, 'the kernel has no head');
  const paths = nvmet.ports.map((port) => {
    const path = disks.find((name) => {
      const address = join('/sys/block', name, 'device/address');
      return name !== head && existsSync(address) && read(address).startsWith(nvmet.address(port));
    });
    assert.ok(path !== undefined, `the kernel has no path to port ${port}`);
    return join('/sys/block', path);
  });
  const [subsystem] = list('/sys/class/nvme-subsystem');
  return {
    file: join('/dev', head),
    setIopolicy: (policy) => {
      write(`/sys/class/nvme-subsystem/${subsystem}/iopolicy`, policy);
    },
    states: () => paths.map((path) => read(join(path, 'ana_state'))),
    ios: () => paths.map(ios),
  };
}
