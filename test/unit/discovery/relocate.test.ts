import test from 'ava';
import { parseConfig } from '../../../src/config/load.js';
import { relocate } from '../../../src/discovery/relocate.js';
import type { FoundDevice } from '../../../src/discovery/found-device.js';
import { found, OTHER, UUID } from './found.js';

interface ConfiguredPath {
  readonly device: string;
  readonly address?: string;
  readonly numa_node?: number;
}

/** The devices that the paths get, and what is logged. */
function relocated(
  paths: readonly ConfiguredPath[],
  devices: readonly FoundDevice[],
  wwid: string | undefined = UUID,
): { devices: string[]; nodes: (number | undefined)[]; infos: string[]; warnings: string[] } {
  const lines = paths.flatMap(({ device, address, numa_node }) => [
    '[[disk.path]]',
    `device = "${device}"`,
    ...(address === undefined ? [] : [`address = "${address}"`]),
    ...(numa_node === undefined ? [] : [`numa_node = ${numa_node}`]),
  ]);
  const id = wwid === '' ? [] : [`wwid = "${wwid}"`];
  const text = ['[[disk]]', 'kind = "nvme"', ...id, ...lines].join('\n');
  const infos: string[] = [];
  const warnings: string[] = [];
  const [disk] = relocate(parseConfig(text, '/a').disks, devices, {
    info: (_, message) => infos.push(message),
    warn: (_, message) => warnings.push(message),
  });
  const result = disk?.paths ?? [];
  return {
    devices: result.map(({ device }) => device),
    nodes: result.map(({ numa_node }) => numa_node),
    infos,
    warnings,
  };
}

test('what is right stays, and nothing is said', (t) => {
  const { devices, infos, warnings } = relocated(
    [{ device: '/dev/nvme90n1' }, { device: '/dev/nvme91n1', address: 'x' }],
    [found('/dev/nvme90n1'), found('/dev/nvme91n1', { address: 'x' })],
  );
  t.deepEqual(devices, ['/dev/nvme90n1', '/dev/nvme91n1']);
  t.deepEqual([...infos, ...warnings], []);
});

test('a missing path gets the device with its wwid that no other path has', (t) => {
  const { devices, nodes, infos } = relocated(
    [{ device: '/dev/nvme90n1', numa_node: 1 }, { device: '/dev/nvme91n1' }],
    [found('/dev/nvme91n1'), found('/dev/nvme92n1', { wwid: OTHER }), found('/dev/nvme93n1')],
  );
  t.deepEqual(devices, ['/dev/nvme93n1', '/dev/nvme91n1']);
  t.deepEqual(nodes, [1, undefined]);
  t.deepEqual(infos, ['/dev/nvme90n1 is /dev/nvme93n1 now']);
});

test('names that were exchanged between disks', (t) => {
  const { devices } = relocated(
    [{ device: '/dev/nvme90n1' }],
    [found('/dev/nvme90n1', { wwid: OTHER }), found('/dev/nvme91n1')],
  );
  t.deepEqual(devices, ['/dev/nvme91n1']);
});

test('names that were exchanged between controllers', (t) => {
  const { devices } = relocated(
    [
      { device: '/dev/nvme90n1', address: 'a' },
      { device: '/dev/nvme91n1', address: 'b' },
    ],
    [found('/dev/nvme90n1', { address: 'b' }), found('/dev/nvme91n1', { address: 'a' })],
  );
  t.deepEqual(devices, ['/dev/nvme91n1', '/dev/nvme90n1']);
});

test('a path that is nowhere is left out, as long as there is another', (t) => {
  const { devices, warnings } = relocated(
    [
      { device: '/dev/nvme90n1' },
      { device: '/dev/nvme91n1' },
      { device: '/dev/nvme92n1', address: 'z' },
    ],
    [
      found('/dev/nvme90n1'),
      found('/dev/nvme92n1', { address: 'y' }),
      found('/dev/nvme93n1', { unusable: 'mounted' }),
    ],
  );
  // nvme92n1 is what nvme91n1 was: it has no address.
  t.deepEqual(devices, ['/dev/nvme90n1', '/dev/nvme92n1']);
  t.deepEqual(warnings, [
    '/dev/nvme92n1: left out: its address is y, not z; the path joins when it appears',
  ]);
});

test('why a path is left out', (t) => {
  const { devices, warnings } = relocated(
    [{ device: '/dev/nvme90n1' }, { device: '/dev/nvme91n1' }, { device: '/dev/nvme92n1' }],
    [
      found('/dev/nvme90n1'),
      found('/dev/nvme91n1', { wwid: OTHER }),
      found('/dev/nvme93n1', { unusable: 'mounted' }),
    ],
  );
  t.deepEqual(devices, ['/dev/nvme90n1']);
  t.deepEqual(warnings, [
    `/dev/nvme91n1: left out: its wwid is ${OTHER}, not ${UUID}; the path joins when it appears`,
    '/dev/nvme92n1: left out: there is no such device; the path joins when it appears',
  ]);
});

test('if nothing is there, all stays as it is', (t) => {
  const paths = [{ device: '/dev/nvme90n1' }, { device: '/dev/nvme91n1' }];
  const { devices, warnings } = relocated(paths, [found('/dev/nvme90n1', { wwid: OTHER })]);
  t.deepEqual(devices, ['/dev/nvme90n1', '/dev/nvme91n1']);
  t.deepEqual(warnings, []);
});

test('files, targets, disks without a wwid and devices without an id stay', (t) => {
  const devices = [found('/dev/nvme93n1')];
  const others = [{ device: '/dev/null' }, { device: 'nvmet:1/nqn.a/1' }];
  t.deepEqual(relocated(others, devices).devices, ['/dev/null', 'nvmet:1/nqn.a/1']);
  const missing = [{ device: '/dev/nvme90n1' }];
  t.deepEqual(relocated(missing, devices, '').devices, ['/dev/nvme90n1']);
  const unknown = [found('/dev/nvme90n1', { wwid: undefined }), ...devices];
  t.deepEqual(relocated(missing, unknown).devices, ['/dev/nvme90n1']);
});
