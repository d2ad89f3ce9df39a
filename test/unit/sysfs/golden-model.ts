import type { ExecutionContext } from 'ava';
import type { DiskConfig } from '../../../src/config/types.js';
import type { Directory } from '../../../src/sysfs/directory.js';
import { buildTree } from '../../../src/sysfs/tree.js';
import type { Limits } from '../../../src/shared/limits.js';
import { Topology } from '../../../src/topology/topology.js';
import { disk, Fixture, LIMITS, path } from '../topology/fixture.js';

/** As many CPUs as in the captures, and the queue size of the fabrics there. */
const INFO = { version: '0.1.0', pid: 1, transport: 'ring', reactors: 2, queueDepth: 128 };

const HOST = {
  hostnqn: 'nqn.2014-08.org.nvmexpress:uuid:bbbbbbbb-0000-4000-8000-000000000001',
  hostid: 'bbbbbbbb-0000-4000-8000-000000000001',
};

/** A captured subsystem. */
interface Subsystem {
  readonly identity: Pick<DiskConfig, 'subsysnqn' | 'model' | 'serial' | 'firmware_rev'>;
  readonly timeouts: Pick<DiskConfig, 'reconnect_delay' | 'ctrl_loss_tmo'>;
  readonly transport: 'tcp' | 'loop' | 'pcie';
  /** Of the controllers, and their cntlids. */
  readonly addresses: readonly string[];
  readonly firstCntlid: number;
  /** In the order in which the kernel found them. */
  readonly namespaces: readonly Namespace[];
  /** Other than those of the namespace. */
  readonly limits?: Partial<Limits>;
}

interface Namespace {
  readonly nsid: number;
  readonly wwid: string;
  /** MiB. */
  readonly size: number;
  readonly limits: Limits;
}

const NVMET_LIMITS: Limits = {
  ...LIMITS,
  discardGranularity: 512,
  maxDiscardBytes: 2199023255040,
  maxWriteZeroesBytes: 2199023255040,
};
/** What 6.1 has for any namespace. */
const LIMITS_6_1 = { optimalIoSize: 512, discardGranularity: 512 };

const FIRST: Namespace = {
  nsid: 1,
  wwid: 'uuid.aaaaaaaa-0000-4000-8000-000000000001',
  size: 16,
  limits: {
    ...NVMET_LIMITS,
    physicalBlockSize: 4096,
    minimumIoSize: 4096,
    discardGranularity: 4096,
  },
};
const SECOND: Namespace = {
  nsid: 2,
  wwid: 'uuid.aaaaaaaa-0000-4000-8000-000000000002',
  size: 64,
  limits: NVMET_LIMITS,
};
const QEMU: Namespace = {
  nsid: 1,
  wwid: 'nvme.1b36-5330-51454d55204e564d65204374726c-00000001',
  size: 256,
  limits: { ...NVMET_LIMITS, maxDiscardBytes: 2147483136, maxWriteZeroesBytes: 524288 },
};

const NVMET = { subsysnqn: 'nqn.2026-11.e3:ana', model: 'e3-model', serial: 'E3SERIAL' };
const TCP = {
  transport: 'tcp',
  timeouts: { reconnect_delay: 2, ctrl_loss_tmo: 30 },
  addresses: [4420, 4421].map((port) => `traddr=127.0.0.1,trsvcid=${port},src_addr=127.0.0.1`),
  firstCntlid: 1,
} as const;
const PCIE = {
  identity: {
    subsysnqn: 'nqn.2019-08.org.qemu:e3',
    model: 'QEMU NVMe Ctrl',
    serial: 'S0',
    firmware_rev: '7.2.22',
  },
  transport: 'pcie',
  timeouts: { reconnect_delay: 10, ctrl_loss_tmo: 600 },
  addresses: ['0000:01:00.0', '0000:02:00.0'],
  firstCntlid: 0,
  namespaces: [QEMU],
} as const;

const SUBSYSTEMS: Readonly<Record<string, Subsystem>> = {
  'nvme-tcp-6.12-multipathY': {
    ...TCP,
    identity: { ...NVMET, firmware_rev: '6.12.117' },
    namespaces: [SECOND, FIRST],
  },
  'nvme-tcp-6.1-multipathY': {
    ...TCP,
    identity: { ...NVMET, firmware_rev: '6.1.0-56' },
    namespaces: [FIRST, SECOND],
    limits: LIMITS_6_1,
  },
  'nvme-loop-6.12-multipathY': {
    identity: { ...NVMET, firmware_rev: '6.12.117' },
    transport: 'loop',
    timeouts: { reconnect_delay: 10, ctrl_loss_tmo: 600 },
    addresses: ['traddr=1', 'traddr=2'],
    firstCntlid: 1,
    namespaces: [SECOND, FIRST],
    limits: { maxWriteZeroesBytes: 1044480 },
  },
  'nvme-pcie-6.12-multipathY': PCIE,
  'nvme-pcie-6.1-multipathY': { ...PCIE, limits: LIMITS_6_1 },
};

export const CAPTURES = Object.keys(SUBSYSTEMS);

/** Our tree of what was captured, by its configuration. */
export async function buildLike(t: ExecutionContext, capture: string): Promise<Directory> {
  const subsystem = SUBSYSTEMS[capture];
  if (subsystem === undefined) throw new Error(`no capture ${capture}`);
  const fixture = new Fixture();
  t.teardown(() => fixture.end());
  const topology = new Topology({
    engine: fixture.engine,
    openPath: fixture.openPath,
    readPage: () => Promise.resolve(Buffer.alloc(4096)),
    ...HOST,
  });
  const root = buildTree(topology, INFO);
  await topology.addDisks(
    subsystem.namespaces.map((namespace) => diskOf(subsystem, namespace, fixture)),
  );
  return root;
}

function diskOf(subsystem: Subsystem, namespace: Namespace, fixture: Fixture): DiskConfig {
  const { identity, timeouts, transport, addresses, firstCntlid } = subsystem;
  const { nsid, wwid, size, limits } = namespace;
  const paths = addresses.map((address, i) => {
    // Each path is a device of its own: one device can't be added twice.
    const device = fixture.device(`${nsid}-${i}`, size << 20);
    fixture.limits.set(device, { ...limits, ...subsystem.limits });
    return path(device, -1, { transport, address, cntlid: firstCntlid + i, ana_grpid: nsid });
  });
  return disk(paths, { ...identity, ...timeouts, nsid, wwid });
}
