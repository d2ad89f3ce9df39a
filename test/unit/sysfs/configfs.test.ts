import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import type { AttributeNode, TreeNode } from '../../../src/fuse/node.js';
import { Errno } from '../../../src/shared/errno.js';
import { addConfigTrees } from '../../../src/sysfs/configfs/config-trees.js';
import { Directory } from '../../../src/sysfs/directory.js';
import { EXAMPLE, TargetsRig } from '../target/fixture.js';
import { at, nodes } from './listing.js';

const CONFIG = '/sys/kernel/config';
const FIXTURES = fileURLToPath(
  new URL('../../../../test/fixtures/golden-configfs/', import.meta.url),
);

/**
 * What our trees have otherwise than the captures, and why. `-` is not in our tree, with all that
 * is below it; ` ` has another value or mode.
 */
interface Difference {
  readonly why: string;
  readonly places: readonly string[];
}

const NVMET: readonly Difference[] = [
  {
    why: 'one host, in the same process: no discovery, no access control',
    places: [
      '-nvmet/discovery_nqn',
      '-nvmet/hosts',
      '-subsystem/allowed_hosts',
      '-subsystem/attr_allow_any_host',
      '-port/referrals',
    ],
  },
  {
    why: 'no network, no queues, no protection information, no passthru controllers',
    places: [
      '-port/addr_adrfam',
      '-port/addr_treq',
      '-port/addr_trsvcid',
      '-port/addr_tsas',
      '-port/param_inline_data_size',
      '-port/param_max_queue_size',
      '-port/param_pi_enable',
      '-subsystem/attr_cntlid_max',
      '-subsystem/attr_cntlid_min',
      '-subsystem/attr_ieee_oui',
      '-subsystem/attr_pi_enable',
      '-subsystem/attr_qid_max',
      '-subsystem/passthru',
      '-namespace/buffered_io',
    ],
  },
  {
    why: 'set in the configuration, read-only here',
    places: [
      ' port/addr_traddr',
      ' port/addr_trtype',
      ' subsystem/attr_firmware',
      ' subsystem/attr_model',
      ' subsystem/attr_serial',
      ' subsystem/attr_version',
      ' namespace/device_nguid',
      ' namespace/device_path',
      ' namespace/device_uuid',
    ],
  },
];

const TARGET: readonly Difference[] = [
  {
    why: 'no module with a version, no LU groups, no authentication, no metadata on disk',
    places: [
      '-target/version',
      '-target/loopback/version',
      '-target/core/alua',
      '-target/dbroot',
      '-target/loopback/discovery_auth',
      '-unit/alua_lu_gp',
      '-unit/alias',
      '-group/alua_write_metadata',
      '-lun/alua_tg_pt_write_md',
    ],
  },
  { why: 'non-optimized paths are not slowed down', places: ['-group/nonop_delay_msecs'] },
  {
    why: 'another backstore, set up by the configuration',
    places: [
      '-hba/hba_info',
      '-hba/hba_mode',
      '-unit/control',
      '-unit/action',
      '-unit/info',
      '-unit/lba_map',
      '-unit/statistics',
      ' unit/enable',
      ' unit/udev_path',
    ],
  },
  { why: 'reservations are not there yet', places: ['-unit/pr'] },
  {
    why: 'no switch for what a unit emulates: no third-party copy, unmapping, protection information',
    places: [
      ...['3pc', 'caw', 'dpo', 'fua_read', 'fua_write', 'model_alias', 'pr', 'rest_reord', 'rsoc'],
      ...['tas', 'tpu', 'tpws', 'ua_intlck_ctrl', 'write_cache'],
    ].map((name) => `-unit/attrib/emulate_${name}`),
  },
  {
    why: 'the same',
    places: [
      'enforce_pr_isids',
      'force_pr_aptpl',
      'hw_pi_prot_type',
      'hw_queue_depth',
      'max_unmap_block_desc_count',
      'max_unmap_lba_count',
      'max_write_same_len',
      'optimal_sectors',
      'pgr_support',
      'pi_prot_format',
      'pi_prot_type',
      'pi_prot_verify',
      'queue_depth',
      'submit_type',
      'unmap_granularity',
      'unmap_granularity_alignment',
      'unmap_zeroes_data',
    ].map((name) => `-unit/attrib/${name}`),
  },
  {
    why: 'read-only here, and limits of fileio',
    places: [
      ' unit/attrib/alua_support',
      ' unit/attrib/block_size',
      ' unit/attrib/hw_max_sectors',
      ' unit/attrib/is_nonrot',
      ' unit/wwn/company_id',
      ' unit/wwn/product_id',
      ' unit/wwn/revision',
      ' unit/wwn/vendor_id',
      ' unit/wwn/vpd_unit_serial',
      ' tpg/rtpi',
    ],
  },
  {
    why: 'the pages themselves are in INQUIRY',
    places: [
      '-unit/wwn/vpd_assoc_logical_unit',
      '-unit/wwn/vpd_assoc_scsi_target_device',
      '-unit/wwn/vpd_assoc_target_port',
      '-unit/wwn/vpd_protocol_identifier',
    ],
  },
  {
    why: 'one initiator, in the same process: no ACLs, no sessions, nothing counted',
    places: [
      '-wwn/fabric_statistics',
      '-wwn/param',
      '-tpg/acls',
      '-tpg/attrib',
      '-tpg/auth',
      '-tpg/nexus',
      '-tpg/np',
      '-tpg/param',
      '-lun/statistics',
    ],
  },
];

/** The tree below `sys/kernel/config` of the rig's targets. */
function treeOf(rig: TargetsRig): Directory {
  const root = Directory.root();
  addConfigTrees(root.path('sys', 'kernel'), rig.targets);
  return root;
}

/** Lines `F 0644 "value"`, `D 0755`, `L target` by path. */
function readGolden(name: string, kind: string): Map<string, string> {
  const tree = new Map<string, string>();
  for (const text of readFileSync(`${FIXTURES}${name}`, 'utf8').trimEnd().split('\n')) {
    const [, place = '', rest = ''] = /^(\S+) (.*)$/.exec(text) ?? [];
    const path = place.replace(/\/$/, '');
    if (!path.startsWith(`${CONFIG}/${kind}/`)) continue;
    const [, target] = /^L -> (.*)$/.exec(rest) ?? [];
    tree.set(path, target === undefined ? rest : `L ${posix.join(posix.dirname(path), target)}`);
  }
  return tree;
}

function describe(path: string, node: TreeNode): string {
  const mode = node.mode.toString(8).padStart(4, '0');
  if (node.kind === 'link') return `L ${posix.join(posix.dirname(path), node.target())}`;
  if (node.kind !== 'attribute') return `D ${mode}`;
  return `F ${mode} ${node.show === undefined ? '!EACCES' : JSON.stringify(node.show())}`;
}

/** The path with the kind of thing instead of its name. */
function placeOf(path: string): string {
  return path
    .slice(CONFIG.length + 1)
    .replace(/^nvmet\/subsystems\/[^/]+/, 'subsystem')
    .replace(/^subsystem\/namespaces\/\d+/, 'namespace')
    .replace(/^nvmet\/ports\/\d+/, 'port')
    .replace(/^target\/core\/[a-z_]+_0(?=\/|$)/, 'hba')
    .replace(/^hba\/e3disk/, 'unit')
    .replace(/^unit\/alua\/\w+/, 'group')
    .replace(/^target\/loopback\/naa[^/]+/, 'wwn')
    .replace(/^wwn\/tpgt_1/, 'tpg')
    .replace(/^tpg\/lun\/lun_0/, 'lun');
}

function compare(
  t: ExecutionContext,
  golden: ReadonlyMap<string, string>,
  kind: string,
  allowed: readonly Difference[],
): void {
  const mine = new Map<string, string>();
  for (const [place, node] of nodes(treeOf(new TargetsRig(t)))) {
    const path = `/${place}`;
    if (path.startsWith(`${CONFIG}/${kind}/`)) mine.set(path, describe(path, node));
  }
  const gone = allowed.flatMap(({ places }) => places.filter((place) => place.startsWith('-')));
  const differing = new Set<string>();
  for (const path of new Set([...golden.keys(), ...mine.keys()])) {
    if (golden.get(path) === mine.get(path)) continue;
    const sign = !golden.has(path) ? '+' : !mine.has(path) ? '-' : ' ';
    const place = `${sign}${placeOf(path)}`;
    // What is below something that is left out goes with it.
    differing.add(gone.find((above) => place.startsWith(`${above}/`)) ?? place);
  }
  t.deepEqual([...differing].sort(), allowed.flatMap(({ places }) => places).sort());
}

test('the nvmet tree differs from the captured one only where it has to', (t) => {
  compare(t, readGolden('nvme-loop-6.12-multipathY.nvmet-configfs.txt', 'nvmet'), 'nvmet', NVMET);
});

test('the target tree differs from the captured one only where it has to', (t) => {
  // A ram disk there, a file here; the link to the unit has a name that the user gives.
  const golden = new Map(
    [...readGolden('lio-6.12.configfs.txt', 'target')].map(([path, value]) => [
      path.replace('rd_mcp_0', 'fileio_0').replace(/lun_0\/e3$/, 'lun_0/e3disk'),
      value.replace('rd_mcp_0', 'fileio_0'),
    ]),
  );
  compare(t, golden, 'target', TARGET);
});

test('without targets there is no config directory, with one kind only that', (t) => {
  const kinds = (toml: string): string[] => {
    const config = at(treeOf(new TargetsRig(t, toml)), 'sys/kernel/config');
    return config?.kind === 'directory' ? [...config.children()].map(([name]) => name) : [];
  };
  t.deepEqual(kinds(''), []);
  t.deepEqual(kinds(EXAMPLE.slice(EXAMPLE.indexOf('[[target'))), ['target']);
  t.deepEqual(kinds(EXAMPLE.slice(0, EXAMPLE.indexOf('[[target'))), ['nvmet']);
});

const PORT = 'nvmet/ports/1/ana_groups/2/ana_state';
const NAMESPACE = 'nvmet/subsystems/nqn.2026-11.e3:ana/namespaces/1';
const GROUP = 'target/core/fileio_0/e3disk/alua/gp1';
const LUN = 'target/loopback/naa.5001405000000001/tpgt_1/lun/lun_0';
const EINVAL = -Errno.EINVAL;

class Tree {
  readonly #root: Directory;

  constructor(rig: TargetsRig) {
    this.#root = treeOf(rig);
  }

  async write(place: string, text: string): Promise<number> {
    return (await this.#attribute(place).store?.(text)) ?? -Errno.EACCES;
  }

  async read(place: string): Promise<string> {
    return String(await this.#attribute(place).show?.());
  }

  #attribute(place: string): AttributeNode {
    const node = at(this.#root, `sys/kernel/config/${place}`);
    if (node?.kind !== 'attribute') throw new Error(place);
    return node;
  }
}

/** Each write: what is written, what that returns, and what is read then. */
const WRITES: Readonly<Record<string, readonly (readonly [string, number, string])[]>> = {
  [PORT]: [
    ['inaccessible\n', 0, 'inaccessible\n'],
    ['change', 0, 'change\n'],
    ['Optimized', EINVAL, 'change\n'],
    ['optimized\n\n', EINVAL, 'change\n'],
    [' optimized', EINVAL, 'change\n'],
    ['', EINVAL, 'change\n'],
    ['non-optimized', 0, 'non-optimized\n'],
    ['persistent-loss', 0, 'persistent-loss\n'],
  ],
  [`${NAMESPACE}/ana_grpid`]: [
    ['2\n', 0, '2\n'],
    ['0x80', 0, '128\n'],
    ['129', EINVAL, '128\n'],
    ['0', EINVAL, '128\n'],
    ['one', EINVAL, '128\n'],
    ['4294967296', -Errno.ERANGE, '128\n'],
  ],
  [`${NAMESPACE}/enable`]: [
    ['0\n', 0, '0\n'],
    ['0', 0, '0\n'],
    ['maybe', EINVAL, '0\n'],
    ['y', 0, '1\n'],
    ['off', 0, '0\n'],
    ['on\n', 0, '1\n'],
  ],
  [`${GROUP}/alua_access_state`]: [
    ['2\n', 0, '2\n'],
    ['0xf', 0, '15\n'],
    ['4', EINVAL, '15\n'],
    ['5', EINVAL, '15\n'],
    ['foo', EINVAL, '15\n'],
    ['f', EINVAL, '15\n'],
    ['-1', EINVAL, '15\n'],
    ['4294967296', EINVAL, '15\n'],
    ['18446744073709551616', -Errno.ERANGE, '15\n'],
    ['14', 0, '14\n'],
    ['0', 0, '0\n'],
  ],
  [`${GROUP}/alua_access_status`]: [
    ['1', 0, 'Altered by Explicit STPG\n'],
    ['2', 0, 'Altered by Implicit ALUA\n'],
    ['3', EINVAL, 'Altered by Implicit ALUA\n'],
    ['0', 0, 'None\n'],
  ],
  [`${GROUP}/alua_access_type`]: [
    ['1', 0, 'Implicit\n'],
    ['2', 0, 'Explicit\n'],
    ['0', 0, 'None\n'],
    ['4', EINVAL, 'None\n'],
    ['3', 0, 'Implicit and Explicit\n'],
  ],
  [`${GROUP}/preferred`]: [
    ['1', 0, '1\n'],
    ['2', EINVAL, '1\n'],
    ['0', 0, '0\n'],
  ],
  [`${GROUP}/alua_support_lba_dependent`]: [
    ['1', 0, '1\n'],
    ['x', EINVAL, '1\n'],
    ['0', 0, '0\n'],
  ],
  [`${GROUP}/implicit_trans_secs`]: [
    ['255', 0, '255\n'],
    ['256', EINVAL, '255\n'],
  ],
  [`${GROUP}/trans_delay_msecs`]: [
    ['30000', 0, '30000\n'],
    ['30001', EINVAL, '30000\n'],
  ],
  [`${GROUP}/tg_pt_gp_id`]: [['7', EINVAL, '1\n']],
  [`${LUN}/alua_tg_pt_offline`]: [
    ['1\n', 0, '1\n'],
    ['2', EINVAL, '1\n'],
    ['0', 0, '0\n'],
  ],
  [`${LUN}/alua_tg_pt_status`]: [
    ['2', 0, '2\n'],
    ['3', EINVAL, '2\n'],
  ],
  'target/loopback/naa.5001405000000001/tpgt_1/transport_status': [
    ['offline\n', 0, 'offline\n'],
    ['away', EINVAL, 'offline\n'],
    ['online', 0, 'online\n'],
  ],
};

for (const [place, writes] of Object.entries(WRITES)) {
  test(`writes to ${place}`, async (t) => {
    const tree = new Tree(new TargetsRig(t));
    for (const [text, result, value] of writes) {
      t.is(await tree.write(place, text), result, JSON.stringify(text));
      t.is(await tree.read(place), value, JSON.stringify(text));
    }
  });
}

test('what is written is what the targets say', async (t) => {
  const rig = new TargetsRig(t);
  const tree = new Tree(rig);
  const [nvme, scsi] = [rig.nvme(1, 2), rig.scsi(1)];
  await tree.write(PORT, 'inaccessible\n');
  await tree.write(`${GROUP}/alua_access_state`, '2\n');
  t.deepEqual([nvme.faults.read, scsi.faults.read], [Errno.EIO, Errno.EIO]);
  await tree.write(`${LUN}/alua_tg_pt_gp`, 'gp2\n');
  t.is(scsi.faults.read, 0);
  t.is(await tree.write(`${LUN}/alua_tg_pt_gp`, 'gp3\n'), -Errno.ENODEV);
  t.regex(await tree.read(`${LUN}/alua_tg_pt_gp`), /^TG Port Alias: gp2\nTG Port Group ID: 2\n/);
  t.is(await tree.write(`${LUN}/alua_tg_pt_gp`, 'NULL\n'), 0);
  t.regex(await tree.read(`${LUN}/alua_tg_pt_gp`), /^TG Port Alias: default_tg_pt_gp\n/);
  t.is(
    await tree.read('target/core/fileio_0/e3disk/alua/gp1/members'),
    'loopback/naa.5001405000000002/tpgt_1/lun_0\n\0',
  );
});

test('an implicit change needs implicit access, and a state that is supported', async (t) => {
  const tree = new Tree(new TargetsRig(t));
  const state = `${GROUP}/alua_access_state`;
  await tree.write(`${GROUP}/alua_access_type`, '2');
  t.is(await tree.write(state, '1'), EINVAL);
  await tree.write(`${GROUP}/alua_access_type`, '1');
  await tree.write(`${GROUP}/alua_support_standby`, '0');
  t.is(await tree.write(state, '2'), EINVAL);
  t.is(await tree.write(state, '1'), 0);
  t.is(await tree.read(`${GROUP}/alua_access_status`), 'Altered by Implicit ALUA\n');
});

test('a namespace is resized where it is told to look', async (t) => {
  const rig = new TargetsRig(t);
  const tree = new Tree(rig);
  const namespace = rig.targets.nvmet.subsystems.get('nqn.2026-11.e3:ana')?.namespaces.get(1);
  rig.resize('a', 1 << 21);
  t.is(namespace?.size, 1 << 20);
  t.is(await tree.write(`${NAMESPACE}/revalidate_size`, '0'), EINVAL);
  t.is(await tree.write(`${NAMESPACE}/revalidate_size`, '1'), 0);
  t.is(namespace?.size, 1 << 21);
  await tree.write(`${NAMESPACE}/enable`, '0');
  t.is(await tree.write(`${NAMESPACE}/revalidate_size`, '1'), EINVAL);
});
