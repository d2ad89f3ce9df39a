/**
 * The software targets of a configuration: the tables `nvmet` and `target`. What one key may hold,
 * the rules between them, and the defaults.
 */
import { resolve } from 'node:path';
import { z } from 'zod';
import { ascii, integer, must, nqn, oneOf } from './values.js';
import { ACCESS_STATE_NAMES, type AccessStateName } from '../multipath/names.js';

/** Asymmetric access states by the names that the kernel's initiator has for them. */
export const ALUA_STATE_NAMES = [
  'active/optimized',
  'active/non-optimized',
  'standby',
  'unavailable',
  'offline',
  'transitioning',
] as const;
export type AluaStateName = (typeof ALUA_STATE_NAMES)[number];

/** Every default filled in, but for the ids that are made from names where there are none. */
export interface TargetsConfig {
  readonly nvmet: NvmetConfig;
  readonly target: TargetConfig;
}

export interface NvmetConfig {
  readonly subsystems: readonly NvmetSubsystemConfig[];
  readonly ports: readonly NvmetPortConfig[];
}

export interface NvmetSubsystemConfig {
  readonly nqn: string;
  readonly model: string;
  readonly serial: string | undefined;
  readonly firmware_rev: string;
  readonly namespaces: readonly NvmetNamespaceConfig[];
}

export interface NvmetNamespaceConfig {
  readonly nsid: number;
  /** The image, absolute. */
  readonly device_path: string;
  readonly uuid: string | undefined;
  /** 32 lower-case hex digits. */
  readonly nguid: string | undefined;
  readonly ana_grpid: number;
}

export interface NvmetPortConfig {
  readonly id: number;
  /** NQNs. Each makes the port a controller of that subsystem. */
  readonly subsystems: readonly string[];
  /** By group; group 1 is always among them. */
  readonly ana_groups: ReadonlyMap<number, AccessStateName>;
}

export interface TargetConfig {
  readonly units: readonly UnitConfig[];
}

export interface UnitConfig {
  readonly name: string;
  /** The image, absolute. */
  readonly file: string;
  readonly vendor: string;
  readonly model: string;
  readonly serial: string | undefined;
  /** `naa.` and hex digits, in place of the one made from the serial number. */
  readonly wwid: string | undefined;
  readonly groups: readonly PortGroupConfig[];
  readonly ports: readonly UnitPortConfig[];
}

export interface PortGroupConfig {
  readonly name: string;
  readonly id: number;
  readonly access_state: AluaStateName;
  readonly preferred: boolean;
}

export interface UnitPortConfig {
  readonly wwn: string;
  readonly lun: number;
  /** Undefined: default_tg_pt_gp. */
  readonly group: string | undefined;
}

/** drivers/nvme/target/nvmet.h: NVMET_MAX_ANAGRPS, NVMET_MAX_NAMESPACES. */
export const MAX_ANAGRPS = 128;
export const MAX_NAMESPACES = 1024;
/** target_core_base.h: the group that every logical unit has, with id 0. */
export const DEFAULT_TG_PT_GP = 'default_tg_pt_gp';
const MAX_PORT = 0xffff;
const MAX_TG_PT_GP = 0xffff;
/** SAM-5: what the peripheral device addressing of a LUN has room for. */
const MAX_LUN = 255;
const MAX_WWN = 223;
/** INQUIRY_VPD_SERIAL_LEN without the NUL, as far as VPD page 0x83 has room for it. */
const MAX_UNIT_SERIAL = 200;

const rules = {
  uuid: must('a UUID in lower-case hex digits'),
  nguid: must('32 lower-case hex digits'),
  image: must('the path of an image file or a block device'),
  name: must('a name of letters, digits, dots, dashes and underscores'),
  wwid: must('a string like "naa." with 16 or 32 lower-case hex digits'),
  wwn: must('a name like "naa.5001405000000001"'),
  serial: must(`printable ASCII without blanks, at most ${MAX_UNIT_SERIAL} characters`),
};

const uuid = z
  .string(rules.uuid)
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, rules.uuid)
  .refine((value) => /[1-9a-f]/.test(value), 'must not be all zeros');
const nguid = z
  .string(rules.nguid)
  .regex(/^[0-9a-f]{32}$/, rules.nguid)
  .refine((value) => /[1-9a-f]/.test(value), 'must not be all zeros');
const image = z.string(rules.image).regex(/^[^\0]+$/, rules.image);
/** The name of a directory in the tree. */
const directory = z
  .string(rules.name)
  .regex(/^[\w-][\w.-]*$/, rules.name)
  .max(200, rules.name);

/** The NQN of a subsystem here, which is the name of a directory, too. */
const subsystemNqn = nqn
  .regex(/^[^/]+$/, 'must be without slashes')
  .regex(/[^.]/, 'must be more than dots');

function tables<T extends z.ZodType>(table: T, header: string) {
  return z.array(table, must(`given as [[${header}]]`));
}

const namespaceTable = z.strictObject({
  nsid: integer(1, MAX_NAMESPACES),
  device_path: image,
  uuid: uuid.optional(),
  nguid: nguid.optional(),
  ana_grpid: integer(1, MAX_ANAGRPS).optional(),
});
const subsystemTable = z.strictObject({
  nqn: subsystemNqn,
  model: ascii(40).default('Linux'),
  serial: ascii(20).optional(),
  firmware_rev: ascii(8).default('1.0'),
  namespace: tables(namespaceTable, 'nvmet.subsystem.namespace').default([]),
});
const portTable = z.strictObject({
  id: integer(1, MAX_PORT),
  subsystems: z.array(nqn, must('an array of NQNs')),
  ana_groups: z
    .record(z.string(), oneOf(ACCESS_STATE_NAMES), must('a table like { "1" = "optimized" }'))
    .default({}),
});
const groupTable = z.strictObject({
  name: directory,
  id: integer(1, MAX_TG_PT_GP),
  access_state: oneOf(ALUA_STATE_NAMES).default('active/optimized'),
  preferred: z.boolean(must('true or false')).default(false),
});
const unitPortTable = z.strictObject({
  wwn: z
    .string(rules.wwn)
    .max(MAX_WWN, rules.wwn)
    .regex(/^(naa|eui)\.[0-9a-f]{16}$|^iqn\.[\w.:-]+$/, rules.wwn),
  lun: integer(0, MAX_LUN).optional(),
  group: directory.optional(),
});
const unitTable = z.strictObject({
  name: directory,
  file: image,
  vendor: ascii(8).default('LIO-ORG'),
  model: ascii(16).default('FILEIO'),
  serial: z
    .string(rules.serial)
    .regex(new RegExp(`^[!-~]{1,${MAX_UNIT_SERIAL}}$`), rules.serial)
    .optional(),
  wwid: z
    .string(rules.wwid)
    .regex(/^naa\.([0-9a-f]{16}|[0-9a-f]{32})$/, rules.wwid)
    .optional(),
  group: tables(groupTable, 'target.unit.group').default([]),
  port: tables(unitPortTable, 'target.unit.port').default([]),
});

/** The two tables, to be put into the schema of a whole configuration. */
export const targetsShape = {
  nvmet: z
    .strictObject({
      subsystem: tables(subsystemTable, 'nvmet.subsystem').default([]),
      port: tables(portTable, 'nvmet.port').default([]),
    })
    .default({ subsystem: [], port: [] }),
  target: z
    .strictObject({ unit: tables(unitTable, 'target.unit').default([]) })
    .default({ unit: [] }),
};

export type TargetsText = {
  readonly [K in keyof typeof targetsShape]: z.output<(typeof targetsShape)[K]>;
};
type UnitText = TargetsText['target']['unit'][number];

/** What is wrong between keys that are right by themselves: the key, and why. */
export interface TargetsFinding {
  readonly path: readonly (string | number)[];
  readonly reason: string;
}

export function targetsFindings(text: TargetsText): TargetsFinding[] {
  return [...nvmetFindings(text.nvmet), ...unitFindings(text.target.unit)];
}

/** `directory`: where relative images start from. */
export function completeTargets(text: TargetsText, directory: string): TargetsConfig {
  return {
    nvmet: {
      subsystems: text.nvmet.subsystem.map(({ namespace, ...subsystem }) => ({
        ...subsystem,
        serial: subsystem.serial,
        namespaces: namespace.map((entry) => ({
          nsid: entry.nsid,
          device_path: resolve(directory, entry.device_path),
          uuid: entry.uuid,
          nguid: entry.nguid,
          ana_grpid: entry.ana_grpid ?? 1,
        })),
      })),
      ports: text.nvmet.port.map(({ id, subsystems, ana_groups }) => ({
        id,
        subsystems,
        ana_groups: anaGroups(ana_groups),
      })),
    },
    target: {
      units: text.target.unit.map(({ group, port, ...unit }) => ({
        ...unit,
        file: resolve(directory, unit.file),
        serial: unit.serial,
        wwid: unit.wwid,
        groups: group,
        ports: port.map(({ wwn, lun, group: name }) => ({ wwn, lun: lun ?? 0, group: name })),
      })),
    },
  };
}

/** nvmet_ports_make: a port has group 1, optimized. */
function anaGroups(
  groups: Readonly<Record<string, AccessStateName>>,
): Map<number, AccessStateName> {
  const states = new Map<number, AccessStateName>([[1, 'optimized']]);
  for (const [group, state] of Object.entries(groups)) states.set(Number(group), state);
  return new Map([...states].sort(([a], [b]) => a - b));
}

function* nvmetFindings({ subsystem, port }: TargetsText['nvmet']): Generator<TargetsFinding> {
  const nqns = new Seen();
  const ids = new Seen();
  for (const [s, entry] of subsystem.entries()) {
    const at = ['nvmet', 'subsystem', s];
    yield* nqns.add(entry.nqn, [...at, 'nqn'], 'nqn');
    const nsids = new Seen();
    for (const [n, namespace] of entry.namespace.entries()) {
      const place = [...at, 'namespace', n];
      yield* nsids.add(namespace.nsid, [...place, 'nsid'], 'nsid');
      yield* ids.add(namespace.uuid, [...place, 'uuid'], 'uuid');
      yield* ids.add(namespace.nguid, [...place, 'nguid'], 'nguid');
    }
  }
  const ports = new Seen();
  for (const [p, entry] of port.entries()) {
    const at = ['nvmet', 'port', p];
    yield* ports.add(entry.id, [...at, 'id'], 'id');
    for (const group of Object.keys(entry.ana_groups)) {
      if (!/^[1-9]\d{0,2}$/.test(group) || Number(group) > MAX_ANAGRPS) {
        const reason = `must be a group from "1" to "${MAX_ANAGRPS}"`;
        yield { path: [...at, 'ana_groups', group], reason };
      }
    }
    const linked = new Seen();
    for (const [l, name] of entry.subsystems.entries()) {
      const place = [...at, 'subsystems', l];
      yield* linked.add(name, place, 'subsystem');
      const known = subsystem.find((other) => other.nqn === name);
      if (known === undefined) {
        yield { path: place, reason: `is no subsystem here; add one with nqn = "${name}"` };
      }
      for (const { nsid, ana_grpid = 1 } of known?.namespace ?? []) {
        if (ana_grpid === 1 || String(ana_grpid) in entry.ana_groups) continue;
        const what = `lacks group ${ana_grpid}, which namespace ${nsid} of ${name} is in`;
        yield { path: [...at, 'ana_groups'], reason: `${what}; add "${ana_grpid}" = "optimized"` };
      }
    }
  }
}

function* unitFindings(units: readonly UnitText[]): Generator<TargetsFinding> {
  const names = new Seen();
  const serials = new Seen();
  const wwids = new Seen();
  const luns = new Seen();
  for (const [u, unit] of units.entries()) {
    const at = ['target', 'unit', u];
    yield* names.add(unit.name, [...at, 'name'], 'name');
    yield* serials.add(unit.serial, [...at, 'serial'], 'serial');
    yield* wwids.add(unit.wwid, [...at, 'wwid'], 'wwid');
    const groups = new Seen();
    const ids = new Seen();
    for (const [g, group] of unit.group.entries()) {
      const place = [...at, 'group', g];
      if (group.name === DEFAULT_TG_PT_GP) {
        yield {
          path: [...place, 'name'],
          reason: 'is the group that is always there; take another',
        };
      }
      yield* groups.add(group.name, [...place, 'name'], 'name');
      yield* ids.add(group.id, [...place, 'id'], 'id');
    }
    for (const [p, port] of unit.port.entries()) {
      const place = [...at, 'port', p];
      yield* luns.add(`${port.wwn}/${port.lun ?? 0}`, [...place, 'wwn'], 'wwn with this LUN');
      if (port.group === undefined || port.group === DEFAULT_TG_PT_GP) continue;
      if (!unit.group.some(({ name }) => name === port.group)) {
        const reason = `is no group of ${unit.name}; add one with name = "${port.group}"`;
        yield { path: [...place, 'group'], reason };
      }
    }
  }
}

/** Values that only one key may have, and the key that has each. */
class Seen {
  readonly #keys = new Map<string | number, string>();

  *add(
    value: string | number | undefined,
    path: readonly (string | number)[],
    what: string,
  ): Generator<TargetsFinding> {
    if (value === undefined) return;
    const first = this.#keys.get(value);
    if (first !== undefined) yield { path, reason: `is already the ${what} of ${first}` };
    else this.#keys.set(value, ownerName(path));
  }
}

/** `nvmet.subsystem[0]` of the key of its nqn. */
function ownerName(path: readonly (string | number)[]): string {
  return path.slice(0, -1).reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    return name === '' ? part : `${name}.${part}`;
  }, '');
}
