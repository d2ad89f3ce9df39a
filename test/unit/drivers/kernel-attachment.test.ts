import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { kernelDevice } from '../../../src/drivers/kernel-device.js';
import {
  kernelNvmeAttachment,
  type NvmeIoctls,
} from '../../../src/drivers/nvme/kernel-attachment.js';
import type { NvmeAttachment } from '../../../src/drivers/nvme/port.js';
import { kernelScsiAttachment } from '../../../src/drivers/scsi/kernel-attachment.js';
import type { Native } from '../../../src/native/binding.js';
import { FakeClock } from '../../sim/fake-clock.js';
import { goldenTree, makeMachine, nvmeDisk, scsiDisk } from '../../support/fake-machine.js';

const file = { fd: 33 };

function devtOf(text: string): { major: number; minor: number } {
  const [major, minor] = text.split(':').map(Number);
  return { major: major!, minor: minor! };
}

const DONE = { status: 0x2302, result: 5n };

/** Ioctls that are only noted. */
function ioctls(): NvmeIoctls & { readonly calls: unknown[][] } {
  const calls: unknown[][] = [];
  return {
    calls,
    nvmeNamespace: () => 1,
    nvmeReset: (fd) => {
      calls.push(['reset', fd > 0]);
      return Promise.resolve();
    },
    nvmeCommand: (...call) => {
      calls.push(call);
      call[3]?.fill(7);
      return Promise.resolve(DONE);
    },
  };
}

function nvme(sys: string, devt: string): NvmeAttachment {
  return kernelNvmeAttachment({
    file,
    devt: devtOf(devt),
    ioctls: ioctls(),
    clock: new FakeClock(),
    sys,
    dev: '/dev',
  });
}

test('what is behind a block device', (t) => {
  const kinds = (fixture: string, devt: string): string =>
    kernelDevice(makeMachine(t, goldenTree(fixture)).sys, devtOf(devt));
  t.is(kinds('golden/nvme-pcie-6.12-multipathN.tree.txt', '259:1'), 'nvme');
  t.is(kinds('golden/nvme-loop-6.12-multipathN.tree.txt', '259:1'), 'nvme');
  t.is(kinds('golden/nvme-pcie-6.12-multipathY.tree.txt', '259:2'), 'nvme-head');
  t.is(kinds('golden-scsi/tcm-loop-6.12.tree.txt', '8:0'), 'scsi');
  const sda = (type: string, more = {}): string => {
    const tree = scsiDisk({ name: 'sda', devt: '8:0', parent: { type }, more });
    return kernelDevice(makeMachine(t, tree).sys, devtOf('8:0'));
  };
  t.deepEqual(
    ['0\n', '5\n', '14\n', '20\n'].map((type) => sda(type)),
    ['scsi', 'other', 'scsi', 'scsi'],
  );
  t.is(sda('0\n', { partition: '1\n' }), 'other');
  t.is(kernelDevice('/nowhere', devtOf('8:0')), 'other');
});

test("a PCI controller's namespace", (t) => {
  const { sys } = makeMachine(t, goldenTree('golden/nvme-pcie-6.12-multipathN.tree.txt'));
  const { port, ...attachment } = nvme(sys, '259:1');
  const { nsid, transport, address, numaNode, wwid, subsysnqn } = attachment;
  const known = { nsid, transport, address, numaNode, wwid, subsysnqn };
  t.deepEqual(known, {
    nsid: 1,
    transport: 'pcie',
    address: '0000:02:00.0',
    numaNode: -1,
    wwid: 'nvme.1b36-5330-51454d55204e564d65204374726c-00000001',
    subsysnqn: 'nqn.2019-08.org.qemu:e3',
  });
  t.is(typeof port.reset, 'function');
  t.is(attachment.state(), 'live');
  t.notThrows(attachment.onEvent(() => t.fail()));
});

test("a fabrics controller's namespace, its state as it changes, and gone", (t) => {
  const { sys } = makeMachine(t, goldenTree('golden/nvme-loop-6.12-multipathN.tree.txt'));
  const attachment = nvme(sys, '259:1');
  const { transport, address, wwid } = attachment;
  t.deepEqual(
    [transport, address, wwid],
    ['loop', 'traddr=1', 'uuid.aaaaaaaa-0000-4000-8000-000000000001'],
  );
  const controller = join(sys, 'devices/virtual/nvme-fabrics/ctl/nvme0');
  writeFileSync(join(controller, 'state'), 'deleting (no IO)\n');
  t.is(attachment.state(), 'deleting (no IO)');
  rmSync(controller, { recursive: true });
  t.is(attachment.state(), undefined);
});

test('what sysfs does not say is not made up', (t) => {
  const parent = { transport: 'apple-nvme\n', numa_node: '1\n', subsysnqn: 'nqn.test   \n' };
  const disk = nvmeDisk({ name: 'nvme0n1', devt: '259:0', parent });
  const { transport, numaNode, subsysnqn, wwid } = nvme(makeMachine(t, disk).sys, '259:0');
  t.deepEqual([transport, numaNode, subsysnqn, wwid], ['pcie', 1, 'nqn.test', undefined]);
  const nothing = nvme('/nowhere', '259:0');
  t.deepEqual(
    [nothing.address, nothing.numaNode, nothing.subsysnqn, nothing.state()],
    ['', -1, undefined, undefined],
  );
});

test('NVMe commands go to the open device, a reset to its controller', async (t) => {
  const { sys } = makeMachine(t, goldenTree('golden/nvme-pcie-6.12-multipathN.tree.txt'));
  const dev = join(sys, 'dev-nodes');
  mkdirSync(dev);
  writeFileSync(join(dev, 'nvme1'), '');
  const clock = new FakeClock();
  const noted = ioctls();
  const devt = devtOf('259:1');
  const { port } = kernelNvmeAttachment({ file, devt, ioctls: noted, clock, sys, dev });
  const sqe = new Uint8Array(64);
  const data = new Uint8Array(4);
  t.is(await port.admin({ sqe, data, timeoutMs: 500 }), DONE);
  t.deepEqual(data, new Uint8Array(4).fill(7));
  t.is(await port.io({ sqe, data: undefined, timeoutMs: 600 }), DONE);
  await port.reset();
  t.deepEqual(noted.calls, [
    [33, true, sqe, data, 500],
    [33, false, sqe, undefined, 600],
    ['reset', true],
  ]);
  rmSync(join(dev, 'nvme1'));
  await t.throwsAsync(port.reset(), { code: 'ENOENT' });
});

test('a SCSI disk', async (t) => {
  const { sys } = makeMachine(t, goldenTree('golden-scsi/tcm-loop-6.12.tree.txt'));
  const calls: unknown[][] = [];
  const result = {
    status: 2,
    hostStatus: 0,
    driverStatus: 8,
    sense: new Uint8Array([0x70]),
    residual: 3,
  };
  const scsiCommand: Native['scsiCommand'] = (...call) => {
    calls.push(call);
    return Promise.resolve(result);
  };
  const clock = new FakeClock();
  const devt = devtOf('8:0');
  const attachment = kernelScsiAttachment({ file, devt, ioctls: { scsiCommand }, clock, sys });
  const { port, address, numaNode, wwid } = attachment;
  t.deepEqual(
    { address, numaNode, wwid },
    {
      address: '0:0:1:0',
      numaNode: -1,
      wwid: 'naa.6001405e3e3e3e300000000000000000',
    },
  );
  t.is(attachment.state(), 'running');
  const cdb = new Uint8Array(6);
  const data = new Uint8Array(8);
  t.is(await port.execute({ cdb, direction: 'in', data, timeoutMs: 900 }), result);
  t.deepEqual(calls, [[33, cdb, 'in', data, 900]]);
  // Deleted, and scanned again at the same address: another disk's number now.
  rmSync(join(sys, 'dev/block/8:0'));
  t.is(attachment.state(), undefined);
});

test("a SCSI disk's NUMA node is that of the bus device above it", (t) => {
  const tree = scsiDisk({ name: 'sda', devt: '8:0' });
  const { sys } = makeMachine(t, tree, { 'sys/devices/pci0000:00/numa_node': '1\n' });
  const scsiCommand: Native['scsiCommand'] = () => Promise.reject(new Error('not sent'));
  const { numaNode, wwid } = kernelScsiAttachment({
    file,
    devt: devtOf('8:0'),
    ioctls: { scsiCommand },
    clock: new FakeClock(),
    sys,
  });
  t.deepEqual([numaNode, wwid], [1, undefined]);
});
