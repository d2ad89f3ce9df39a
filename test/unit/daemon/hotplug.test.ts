import test from 'ava';
import { parseConfig } from '../../../src/config/load.js';
import type { PathConfig, DiskConfig } from '../../../src/config/types.js';
import type { HotplugPath, HotplugTopology } from '../../../src/daemon/claims.js';
import { startHotplug, type Hotplug } from '../../../src/daemon/hotplug.js';
import type { FoundDevice } from '../../../src/discovery/found-device.js';
import { FakeClock } from '../../sim/fake-clock.js';
import { found, NAA, OTHER, UUID } from '../discovery/found.js';

interface FakePath extends HotplugPath {
  readonly found: FoundDevice;
}

/** What the kernel has, by name. */
type Machine = Map<string, FoundDevice>;

/** Paths by device number, and what was asked for. */
class FakeTopology implements HotplugTopology<FakePath> {
  readonly calls: string[] = [];
  readonly paths = new Map<string, FakePath>();
  readonly added: [Omit<DiskConfig, 'paths'>, PathConfig][] = [];
  /** Of the next calls of addPathOf. */
  readonly results: number[] = [];
  /** What a call waits for. */
  gate: Promise<void> = Promise.resolve();
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get disks(): { wwid: string }[] {
    return [...this.paths.values()].map(({ disk }) => disk);
  }

  put(device: FoundDevice): void {
    const { major, minor } = device.devt;
    const disk = { wwid: device.wwid ?? '' };
    this.paths.set(`${major}:${minor}`, { device: device.device, disk, found: device });
  }

  pathByDevt(major: number, minor: number): FakePath | undefined {
    return this.paths.get(`${major}:${minor}`);
  }

  pathByDevice(device: string): FakePath | undefined {
    return [...this.paths.values()].find((path) => path.device === device);
  }

  async addPathOf(disk: Omit<DiskConfig, 'paths'>, path: PathConfig): Promise<number> {
    this.calls.push(`add ${path.device}`);
    await this.gate;
    const result = this.results.shift() ?? 0;
    const device = this.#machine.get(path.device.slice(5));
    if (result === 0 && device !== undefined) this.put(device);
    this.added.push([disk, path]);
    return result;
  }

  async dropPath(path: FakePath): Promise<void> {
    this.calls.push(`drop ${path.device}`);
    await this.gate;
    const { major, minor } = path.found.devt;
    this.paths.delete(`${major}:${minor}`);
  }

  rescanPath(path: FakePath): Promise<void> {
    this.calls.push(`rescan ${path.device}`);
    return this.gate;
  }
}

interface RigOptions {
  readonly toml?: string;
  /** What is there from the start; those named in `paths` are paths. */
  readonly devices?: readonly FoundDevice[];
  readonly paths?: readonly string[];
  /** What comes between then and now. */
  readonly since?: readonly FoundDevice[];
}

class Rig {
  readonly machine: Machine = new Map();
  readonly topology = new FakeTopology(this.machine);
  readonly clock = new FakeClock();
  readonly logged: string[] = [];
  readonly hotplug: Hotplug;
  watching = false;
  #message: (bytes: Uint8Array) => void = () => undefined;

  constructor({ toml = '', devices = [], paths = [], since = [] }: RigOptions) {
    for (const device of devices) this.plug(device);
    for (const name of paths) this.topology.put(this.machine.get(name)!);
    for (const device of since) this.plug(device);
    const config = parseConfig(toml, '/a');
    this.hotplug = startHotplug({
      topology: this.topology,
      disks: config.disks,
      rules: config,
      discovery: {
        all: () => [...this.machine.values()],
        one: (name) => this.machine.get(name),
      },
      found: devices,
      watch: (message) => {
        this.#message = message;
        this.watching = true;
        return { close: () => (this.watching = false) };
      },
      clock: this.clock,
      log: {
        info: (_, message) => this.logged.push(message),
        warn: (_, message) => this.logged.push(message),
      },
    });
  }

  plug(device: FoundDevice): void {
    this.machine.set(device.device.slice(5), device);
  }

  /** Sends a uevent of a disk. */
  send(action: string, device: FoundDevice, more: Readonly<Record<string, string>> = {}): void {
    const name = device.device.slice(5);
    this.sendRaw(`${action}@/devices/x/block/${name}`, {
      ...{ SUBSYSTEM: 'block', DEVTYPE: 'disk', DEVNAME: name },
      MAJOR: `${device.devt.major}`,
      MINOR: `${device.devt.minor}`,
      ...(device.diskseq === undefined ? {} : { DISKSEQ: `${device.diskseq}` }),
      ...more,
    });
  }

  sendRaw(summary: string, variables: Readonly<Record<string, string>>): void {
    const words = Object.entries(variables).map(([key, value]) => `${key}=${value}`);
    this.#message(Buffer.from([summary, ...words, ''].join('\0')));
  }

  overrun(): void {
    this.#message(new Uint8Array());
  }

  add(device: FoundDevice): Promise<void> {
    this.plug(device);
    this.send('add', device);
    return this.settled();
  }

  remove(device: FoundDevice): Promise<void> {
    this.machine.delete(device.device.slice(5));
    this.send('remove', device);
    return this.settled();
  }

  /** Until everything is done that waits for no timer. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 30; turn++) await this.clock.advance(0);
  }

  /** What the topology was asked for since the last call. */
  calls(): string[] {
    return this.topology.calls.splice(0);
  }
}

async function started(options: RigOptions): Promise<Rig> {
  const rig = new Rig(options);
  await rig.hotplug.ready;
  return rig;
}

const DISK = `[[disk]]
kind = "nvme"
wwid = "${UUID}"
iopolicy = "round-robin"
[[disk.path]]
device = "/dev/nvme90n1"
numa_node = 3
[[disk.path]]
device = "/dev/nvme91n1"
address = "b"
numa_node = 4
`;
const SCAN = 'scan = true\n';

test('a disk with the wwid of a head becomes a path, also under another name', async (t) => {
  const first = found('/dev/nvme90n1');
  const rig = await started({ devices: [first], paths: ['nvme90n1'] });
  t.deepEqual(rig.calls(), []);
  await rig.add(found('/dev/nvme95n1', { numaNode: 1 }));
  await rig.add(found('/dev/nvme96n1', { wwid: OTHER }));
  t.deepEqual(rig.calls(), ['add /dev/nvme95n1']);
  const [disk, path] = rig.topology.added[0]!;
  t.is(disk.wwid, UUID);
  t.is(path.numa_node, undefined, 'the device says it');
});

test('a removed disk takes its path along, whatever its name', async (t) => {
  const device = found('/dev/nvme90n1');
  const rig = await started({ devices: [device], paths: ['nvme90n1'] });
  // The kernel tells of it before the disk leaves sysfs.
  rig.send('remove', { ...device, device: '/dev/renamed' });
  await rig.settled();
  t.deepEqual(rig.calls(), ['drop /dev/nvme90n1']);
  await rig.remove(found('/dev/nvme90n1'));
  t.deepEqual(rig.calls(), []);
});

test('a path on a partition goes with it', async (t) => {
  const partition = found('/dev/sdz1');
  const rig = await started({});
  rig.topology.put(partition);
  rig.send('add', partition, { DEVTYPE: 'partition' });
  rig.send('change', partition, { DEVTYPE: 'partition' });
  await rig.settled();
  t.deepEqual(rig.calls(), []);
  rig.send('remove', partition, { DEVTYPE: 'partition' });
  await rig.settled();
  t.deepEqual(rig.calls(), ['drop /dev/sdz1']);
});

test('a configured disk has its settings when it is made again', async (t) => {
  const devices = [found('/dev/nvme90n1'), found('/dev/nvme91n1', { address: 'b' })];
  const rig = await started({ toml: DISK, devices, paths: ['nvme90n1', 'nvme91n1'] });
  for (const device of devices) await rig.remove(device);
  t.deepEqual(rig.topology.disks, []);
  await rig.add(found('/dev/nvme92n1', { address: 'b' }));
  await rig.add(found('/dev/nvme90n1'));
  await rig.add(found('/dev/nvme93n1'));
  t.deepEqual(
    rig.topology.added.map(([disk, path]) => [
      disk.iopolicy,
      disk.wwid,
      path.device,
      path.numa_node,
    ]),
    [
      // By address, by name, and one that was not configured.
      ['round-robin', UUID, '/dev/nvme92n1', 4],
      ['round-robin', UUID, '/dev/nvme90n1', 3],
      ['round-robin', UUID, '/dev/nvme93n1', undefined],
    ],
  );
});

test('a disk configured without a wwid has that of its path', async (t) => {
  const toml = DISK.replace(/wwid.*\n/, '');
  const device = found('/dev/nvme90n1');
  const rig = await started({ toml, devices: [device], paths: ['nvme90n1'] });
  await rig.remove(device);
  await rig.add(found('/dev/nvme95n1'));
  t.is(rig.topology.added[0]?.[0].iopolicy, 'round-robin');
  t.is(rig.topology.added[0]?.[0].wwid, UUID);
});

test('what was there from the start and is no path stays so', async (t) => {
  const devices = [found('/dev/nvme90n1'), found('/dev/nvme99n1')];
  const rig = await started({ toml: DISK, devices, paths: ['nvme90n1'] });
  rig.send('change', devices[1]!);
  rig.overrun();
  await rig.settled();
  t.deepEqual(rig.calls(), []);
});

test('what changed between discovery and the start of watching is caught up with', async (t) => {
  const gone = found('/dev/nvme91n1');
  const rig = new Rig({
    toml: DISK,
    devices: [found('/dev/nvme90n1'), gone],
    paths: ['nvme90n1', 'nvme91n1'],
    since: [found('/dev/nvme95n1')],
  });
  rig.machine.delete('nvme91n1');
  await rig.hotplug.ready;
  t.deepEqual(rig.calls(), ['drop /dev/nvme91n1', 'add /dev/nvme95n1']);
});

test('scanning takes what is allowed, from the start', async (t) => {
  const toml = `${SCAN}deny = ["/dev/sd*"]\n`;
  const rig = await started({
    toml,
    devices: [found('/dev/nvme90n1'), found('/dev/nvme91n1', { unusable: 'mounted' })],
  });
  t.deepEqual(rig.calls(), ['add /dev/nvme90n1']);
  await rig.add(found('/dev/nvme92n1', { wwid: OTHER }));
  await rig.add(found('/dev/sdz'));
  t.deepEqual(rig.calls(), ['add /dev/nvme92n1']);
});

test('what scanning does not allow is no path of a configured disk, if it was there before', async (t) => {
  const rig = await started({
    toml: `${SCAN}allow = ["/dev/sd*"]\n${DISK}`,
    devices: [found('/dev/nvme90n1'), found('/dev/nvme95n1')],
    paths: ['nvme90n1'],
  });
  t.deepEqual(rig.calls(), []);
});

test('deny keeps out a path of a disk that is there, but not a configured one', async (t) => {
  const toml = `${SCAN}deny = ["*"]\n${DISK}`;
  const rig = await started({ toml, devices: [found('/dev/nvme90n1')], paths: ['nvme90n1'] });
  await rig.add(found('/dev/nvme95n1'));
  t.deepEqual(rig.calls(), []);
  await rig.add(found('/dev/nvme96n1', { address: 'b' }));
  t.deepEqual(rig.calls(), ['add /dev/nvme96n1']);
});

test('a change is a rescan, unless somebody asked for the uevent', async (t) => {
  const device = found('/dev/nvme90n1');
  const rig = await started({ devices: [device], paths: ['nvme90n1'] });
  rig.send('change', device, { SYNTH_UUID: '0' });
  await rig.settled();
  t.deepEqual(rig.calls(), []);
  rig.send('change', device, { RESIZE: '1' });
  await rig.settled();
  t.deepEqual(rig.calls(), ['rescan /dev/nvme90n1']);
});

test('a change whose uevent was lost is found by the size, once', async (t) => {
  const device = found('/dev/nvme90n1', { size: 1 << 20 });
  const other = found('/dev/nvme91n1', { size: 1 << 20, wwid: OTHER });
  const rig = await started({ devices: [device, other], paths: ['nvme90n1'] });
  rig.plug({ ...device, size: 1 << 21 });
  rig.plug({ ...other, size: 1 << 21 });
  rig.overrun();
  rig.overrun();
  await rig.settled();
  t.deepEqual(rig.calls(), ['rescan /dev/nvme90n1']);
});

test('changes that wait are one', async (t) => {
  const device = found('/dev/nvme90n1');
  const rig = await started({ devices: [device], paths: ['nvme90n1'] });
  for (let i = 0; i < 100; i++) rig.send('change', device);
  await rig.settled();
  t.true(rig.calls().length <= 2);
});

test('a controller that connected again, and a unit attention', async (t) => {
  const namespace = {
    ...{ subsysnqn: 'nqn.test', nsid: 1, cntlid: 1 },
    ...{ transport: 'tcp' as const, controller: 'nvme90' },
  };
  const rig = await started({
    devices: [
      found('/dev/nvme90n1', { namespace }),
      found('/dev/nvme91n1', { namespace: { ...namespace, controller: 'nvme91' } }),
      found('/dev/sdz', { address: '2:0:0:0' }),
    ],
    paths: ['nvme90n1', 'nvme91n1', 'sdz'],
  });
  const nvme = { SUBSYSTEM: 'nvme', NVME_EVENT: 'connected' };
  rig.sendRaw('change@/devices/virtual/nvme-fabrics/ctl/nvme90', nvme);
  rig.sendRaw('change@/devices/virtual/nvme-fabrics/ctl/nvme91', { SUBSYSTEM: 'nvme' });
  const scsi = { SUBSYSTEM: 'scsi', DEVTYPE: 'scsi_device', SDEV_UA: 'CAPACITY_DATA_HAS_CHANGED' };
  rig.sendRaw('change@/devices/x/host2/target2:0:0/2:0:0:0', scsi);
  rig.sendRaw('change@/devices/x/host2/target2:0:0/3:0:0:0', scsi);
  await rig.settled();
  t.deepEqual(rig.calls(), ['rescan /dev/nvme90n1', 'rescan /dev/sdz']);
});

test('other uevents and bytes that are none are nothing', async (t) => {
  const device = found('/dev/nvme90n1');
  const rig = await started({ toml: SCAN, devices: [device], paths: ['nvme90n1'] });
  rig.send('change', device, { DEVTYPE: 'partition' });
  rig.send('add', found('/dev/nvme91n1'), { SUBSYSTEM: 'net' });
  rig.send('bind', device);
  rig.sendRaw('nonsense', {});
  // A disk that is none of ours, or has gone again.
  rig.send('add', found('/dev/loop0'));
  await rig.settled();
  t.deepEqual(rig.calls(), []);
});

test('a disk without its attributes yet is looked at again', async (t) => {
  for (const early of [
    { wwid: undefined, unusable: 'no id' },
    { size: 0, unusable: 'no size' },
  ]) {
    const rig = await started({ toml: SCAN });
    const device = found('/dev/sdz');
    await rig.add({ ...device, ...early });
    await rig.clock.advance(100);
    t.deepEqual(rig.calls(), []);
    rig.plug(device);
    await rig.clock.advance(300);
    await rig.settled();
    t.deepEqual(rig.calls(), ['add /dev/sdz']);
    await rig.clock.advance(10_000);
    t.deepEqual(rig.calls(), []);
    t.is(rig.clock.pending, 0);
  }
});

test('one that never gets them is given up, and looked at when it changes', async (t) => {
  const rig = await started({ toml: SCAN });
  const device = found('/dev/sdz');
  await rig.add({ ...device, size: 0, unusable: 'its size is 0' });
  for (let i = 0; i < 5; i++) await rig.clock.advance(1000);
  t.is(rig.clock.pending, 0);
  t.deepEqual(rig.calls(), []);
  t.deepEqual(rig.logged, ['/dev/sdz: not added: its size is 0']);
  rig.plug(device);
  rig.send('change', device, { RESIZE: '1' });
  await rig.settled();
  t.deepEqual(rig.calls(), ['add /dev/sdz']);
});

test('waiting for one disk does not keep others waiting', async (t) => {
  const rig = await started({ toml: SCAN });
  await rig.add(found('/dev/sdz', { wwid: undefined }));
  await rig.add(found('/dev/nvme90n1'));
  t.deepEqual(rig.calls(), ['add /dev/nvme90n1']);
});

test('a path that was refused is logged and tried again for two seconds', async (t) => {
  const rig = await started({ toml: SCAN });
  rig.topology.results.push(-16, -5);
  await rig.add(found('/dev/nvme90n1'));
  t.deepEqual(rig.logged, ['/dev/nvme90n1: not added (EBUSY), yet']);
  for (let i = 0; i < 5; i++) await rig.clock.advance(1000);
  t.deepEqual(rig.calls(), ['add /dev/nvme90n1', 'add /dev/nvme90n1', 'add /dev/nvme90n1']);
  rig.topology.results.push(-22, -22, -22, -22, -22);
  await rig.add(found('/dev/nvme91n1'));
  for (let i = 0; i < 5; i++) await rig.clock.advance(1000);
  t.is(rig.calls().length, 5);
  t.is(rig.logged.at(-1), '/dev/nvme91n1: not added (EINVAL)');
  t.is(rig.clock.pending, 0);
});

test('one that is out of reach is tried ever more rarely, until it goes', async (t) => {
  const rig = await started({ toml: SCAN });
  const device = found('/dev/nvme90n1');
  rig.topology.results.push(...Array.from({ length: 100 }, () => -107));
  await rig.add(device);
  for (let i = 0; i < 5; i++) await rig.clock.advance(1000);
  t.is(rig.calls().length, 5);
  t.is(rig.logged.length, 5);
  const seconds: number[] = [];
  for (let second = 6; second <= 200; second++) {
    await rig.clock.advance(1000);
    await rig.settled();
    seconds.push(...rig.calls().map(() => second));
  }
  t.deepEqual(seconds, [12, 32, 72, 132, 192]);
  t.is(rig.logged.length, 5);
  await rig.remove(device);
  await rig.clock.advance(60_000);
  await rig.settled();
  t.deepEqual(rig.calls(), []);
  t.is(rig.clock.pending, 0);
});

test('one that is out of reach is tried when its controller is back', async (t) => {
  const rig = await started({ toml: SCAN });
  const namespace = {
    ...{ subsysnqn: 'nqn.test', nsid: 1, cntlid: 1 },
    ...{ transport: 'tcp' as const, controller: 'nvme90' },
  };
  rig.topology.results.push(-107, -107, -107, -107, -107);
  await rig.add(found('/dev/nvme90n1', { namespace }));
  for (let i = 0; i < 3; i++) await rig.clock.advance(1000);
  t.is(rig.calls().length, 5);
  const connected = { SUBSYSTEM: 'nvme', NVME_EVENT: 'connected' };
  rig.sendRaw('change@/devices/virtual/nvme-fabrics/ctl/nvme90', connected);
  await rig.settled();
  t.deepEqual(rig.calls(), ['add /dev/nvme90n1']);
});

test('a configured path that was left out joins', async (t) => {
  const devices = [found('/dev/nvme90n1'), found('/dev/nvme91n1', { address: 'b' })];
  const rig = await started({ toml: DISK, devices, paths: ['nvme90n1'] });
  t.deepEqual(rig.calls(), ['add /dev/nvme91n1']);
});

test('one that was refused is tried again when it changes, and when uevents were lost', async (t) => {
  const rig = await started({ toml: SCAN });
  const device = found('/dev/nvme90n1');
  rig.topology.results.push(-22, -22, -22, -22, -22, -22, -22);
  await rig.add(device);
  for (let i = 0; i < 5; i++) await rig.clock.advance(1000);
  t.is(rig.calls().length, 5);
  rig.send('change', device);
  await rig.settled();
  t.is(rig.calls().length, 1);
  rig.overrun();
  await rig.settled();
  t.is(rig.calls().length, 1);
});

test('a change may be the first that is heard of a disk', async (t) => {
  const rig = await started({ toml: SCAN });
  const device = found('/dev/nvme90n1');
  rig.plug(device);
  rig.send('change', device);
  await rig.settled();
  t.deepEqual(rig.calls(), ['add /dev/nvme90n1']);
});

test('a wanted device in use is not opened', async (t) => {
  const rig = await started({ toml: SCAN });
  await rig.add(found('/dev/nvme90n1', { unusable: 'nvme90n1 is mounted' }));
  t.deepEqual(rig.calls(), []);
  t.deepEqual(rig.logged, ['/dev/nvme90n1: not added: nvme90n1 is mounted']);
});

test('a new disk is not made of one path while another is in use', async (t) => {
  const used = found('/dev/sdy');
  const rig = await started({ toml: `${SCAN}deny = ["/dev/sdy"]`, devices: [used] });
  // Mounted since it was seen.
  rig.plug({ ...used, inUse: true, unusable: 'sdy is mounted' });
  await rig.add(found('/dev/sdz'));
  t.deepEqual(rig.calls(), []);
  t.deepEqual(rig.logged, [
    '/dev/sdz: not added: it is the same disk as /dev/sdy, and sdy is mounted',
  ]);
  rig.plug(used);
  await rig.add(found('/dev/sdx'));
  t.deepEqual(rig.calls(), ['add /dev/sdx']);
});

test('lost uevents: what is new is added, what is gone dropped, what was replaced both', async (t) => {
  const devices = ['nvme90n1', 'nvme91n1', 'nvme92n1'].map((name) => found(`/dev/${name}`));
  const rig = await started({ devices, paths: ['nvme90n1', 'nvme91n1', 'nvme92n1'] });
  rig.machine.delete('nvme90n1');
  // Another disk has the number of nvme91n1.
  rig.plug({ ...devices[1]!, diskseq: 4711 });
  rig.plug(found('/dev/nvme93n1'));
  rig.overrun();
  rig.overrun();
  await rig.settled();
  await rig.settled();
  t.deepEqual(rig.calls(), [
    'drop /dev/nvme90n1',
    'drop /dev/nvme91n1',
    'add /dev/nvme91n1',
    'add /dev/nvme93n1',
  ]);
  // A late message about the disk that was replaced.
  rig.send('remove', devices[1]!);
  await rig.settled();
  t.deepEqual(rig.calls(), []);
});

test('a disk that comes back with its old number is another one', async (t) => {
  const device = found('/dev/nvme90n1');
  const other = found('/dev/nvme91n1');
  const rig = await started({ devices: [device, other], paths: ['nvme90n1', 'nvme91n1'] });
  rig.send('remove', device);
  await rig.add({ ...device, diskseq: 4711 });
  t.deepEqual(rig.calls(), ['drop /dev/nvme90n1', 'add /dev/nvme90n1']);
  // Without a remove.
  await rig.add({ ...device, diskseq: 4712 });
  t.deepEqual(rig.calls(), ['drop /dev/nvme90n1', 'add /dev/nvme90n1']);
});

test('before diskseq, the wwid tells', async (t) => {
  const device = found('/dev/nvme90n1', { diskseq: undefined });
  const rig = await started({ toml: SCAN, devices: [device], paths: ['nvme90n1'] });
  await rig.add({ ...device, address: 'elsewhere' });
  t.deepEqual(rig.calls(), []);
  await rig.add({ ...device, wwid: OTHER });
  t.deepEqual(rig.calls(), ['drop /dev/nvme90n1', 'add /dev/nvme90n1']);
});

test('in order, one at a time', async (t) => {
  const device = found('/dev/nvme90n1');
  const rig = await started({ toml: SCAN, devices: [device], paths: ['nvme90n1'] });
  let open = (): void => undefined;
  rig.topology.gate = new Promise((resolve) => (open = resolve));
  rig.send('remove', device);
  await rig.add(found('/dev/sdz'));
  t.deepEqual(rig.calls(), ['drop /dev/nvme90n1']);
  open();
  await rig.settled();
  t.deepEqual(rig.calls(), ['add /dev/sdz']);
});

test('what never ends has the others wait for ten seconds at most', async (t) => {
  const device = found('/dev/nvme90n1');
  const rig = await started({ toml: SCAN, devices: [device], paths: ['nvme90n1'] });
  rig.topology.gate = new Promise(() => undefined);
  await rig.remove(device);
  rig.topology.gate = Promise.resolve();
  await rig.add(found('/dev/sdz', { wwid: NAA }));
  t.deepEqual(rig.calls(), ['drop /dev/nvme90n1']);
  await rig.clock.advance(10_000);
  await rig.settled();
  t.deepEqual(rig.calls(), ['add /dev/sdz']);
  t.is(rig.clock.pending, 0);
});

test('an error is logged and ends nothing', async (t) => {
  const rig = await started({ toml: SCAN });
  rig.topology.gate = Promise.reject(new Error('no'));
  await rig.add(found('/dev/nvme90n1'));
  rig.topology.gate = Promise.resolve();
  await rig.add(found('/dev/nvme91n1'));
  t.deepEqual(rig.calls(), ['add /dev/nvme90n1', 'add /dev/nvme91n1']);
  t.true(rig.logged.includes('a uevent was not handled'));
});

test('once closed nothing is begun, and nobody waits', async (t) => {
  const rig = new Rig({ toml: SCAN, devices: [found('/dev/nvme90n1')] });
  rig.hotplug.close();
  await rig.hotplug.ready;
  t.false(rig.watching);
  await rig.add(found('/dev/nvme91n1'));
  rig.overrun();
  await rig.settled();
  t.deepEqual(rig.calls(), []);

  // In the middle of a replacement, and of an addition that will be refused.
  const device = found('/dev/nvme90n1');
  const middle = await started({ toml: SCAN, devices: [device], paths: ['nvme90n1'] });
  let open = (): void => undefined;
  middle.topology.gate = new Promise((resolve) => (open = resolve));
  await middle.add({ ...device, diskseq: 4711 });
  middle.hotplug.close();
  open();
  await middle.settled();
  t.deepEqual(middle.calls(), ['drop /dev/nvme90n1']);

  const refused = await started({ toml: SCAN });
  refused.topology.gate = new Promise((resolve) => (open = resolve));
  refused.topology.results.push(-5);
  await refused.add(device);
  refused.hotplug.close();
  open();
  await refused.settled();
  t.is(refused.clock.pending, 0);

  const other = await started({ toml: SCAN });
  await other.add(found('/dev/sdz', { wwid: undefined }));
  t.is(other.clock.pending, 1);
  other.hotplug.close();
  other.hotplug.close();
  t.is(other.clock.pending, 0);
});
