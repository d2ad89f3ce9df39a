import test from 'ava';
import { EXAMPLE, readTargets } from './fixture.js';

test('defaults are filled in, images are absolute, ports have group 1', (t) => {
  t.deepEqual(
    readTargets(`
      [[nvmet.subsystem]]
      nqn = "nqn.x"
      namespace = [{ nsid = 1, device_path = "a.img" }]
      [[nvmet.port]]
      id = 3
      subsystems = ["nqn.x"]
      ana_groups = { "12" = "change" }
      [[target.unit]]
      name = "disk"
      file = "/b.img"
      group = [{ name = "gp", id = 7, access_state = "standby", preferred = true }]
      port = [{ wwn = "naa.5001405000000001" }, { wwn = "naa.5001405000000002", lun = 4, group = "gp" }]
    `),
    {
      nvmet: {
        subsystems: [
          {
            nqn: 'nqn.x',
            model: 'Linux',
            serial: undefined,
            firmware_rev: '1.0',
            namespaces: [
              {
                nsid: 1,
                device_path: '/images/a.img',
                uuid: undefined,
                nguid: undefined,
                ana_grpid: 1,
              },
            ],
          },
        ],
        ports: [
          {
            id: 3,
            subsystems: ['nqn.x'],
            ana_groups: new Map([
              [1, 'optimized'],
              [12, 'change'],
            ]),
          },
        ],
      },
      target: {
        units: [
          {
            name: 'disk',
            file: '/b.img',
            vendor: 'LIO-ORG',
            model: 'FILEIO',
            serial: undefined,
            wwid: undefined,
            groups: [{ name: 'gp', id: 7, access_state: 'standby', preferred: true }],
            ports: [
              { wwn: 'naa.5001405000000001', lun: 0, group: undefined },
              { wwn: 'naa.5001405000000002', lun: 4, group: 'gp' },
            ],
          },
        ],
      },
    },
  );
  t.false(Array.isArray(readTargets('')));
});

test('a port may have the name of an iSCSI target', (t) => {
  const wwn = 'iqn.2026-11.org.example:disk';
  const config = readTargets(
    `[[target.unit]]\nname = "disk"\nfile = "/b"\nport = [{ wwn = "${wwn}" }]\n`,
  );
  if (Array.isArray(config)) return t.fail(config.join());
  t.is(config.target.units[0]?.ports[0]?.wwn, wwn);
});

const REFUSED: readonly (readonly [what: string, from: string, to: string, complaint: RegExp])[] = [
  ['nqn', 'nqn = "nqn.2026-11.e3:ana"', 'nqn = "a/b"', /nqn: must be without slashes/],
  ['dots', 'nqn = "nqn.2026-11.e3:ana"', 'nqn = ".."', /nqn: must be more than dots/],
  ['nsid', 'nsid = 1', 'nsid = 0', /namespace\.0\.nsid: must be an integer from 1 to 1024/],
  ['uuid', 'uuid = "aaaaaaaa', 'uuid = "AAAAAAAA', /uuid: must be a UUID/],
  [
    'no uuid',
    '"aaaaaaaa-0000-4000-8000-000000000001"',
    '"00000000-0000-0000-0000-000000000000"',
    /must not be all zeros/,
  ],
  ['image', 'device_path = "a"', '', /device_path: is missing; it must be the path of an image/],
  [
    'state',
    '"2" = "optimized" }\n[[nvmet',
    '"2" = "best" }\n[[nvmet',
    /must be one of "optimized"/,
  ],
  [
    'group',
    '"2" = "optimized" }\n[[nvmet',
    '"129" = "optimized", "2" = "optimized" }\n[[nvmet',
    /ana_groups\.129: must be a group from "1" to "128"/,
  ],
  [
    'lacking group',
    ', "2" = "optimized" }\n[[nvmet',
    ' }\n[[nvmet',
    /port\.0\.ana_groups: lacks group 2, which namespace 2 of nqn\S+ is in; add "2"/,
  ],
  [
    'unknown nqn',
    'subsystems = ["nqn.2026-11.e3:ana"]\nana_groups = { "1" = "optimized", "2" = "optimized" }\n[[',
    'subsystems = ["nqn.b"]\n[[',
    /subsystems\.0: is no subsystem here; add one with nqn = "nqn\.b"/,
  ],
  [
    'twice nsid',
    'nsid = 2',
    'nsid = 1',
    /namespace\.1\.nsid: is already the nsid of nvmet\.subsystem\[0\]\.namespace\[0\]/,
  ],
  ['twice uuid', '000000000002"', '000000000001"', /uuid: is already the uuid of/],
  [
    'twice port',
    'id = 2\nsubsystems',
    'id = 1\nsubsystems',
    /port\.1\.id: is already the id of nvmet\.port\[0\]/,
  ],
  [
    'twice nqn of a port',
    '["nqn.2026-11.e3:ana"]',
    '["nqn.2026-11.e3:ana", "nqn.2026-11.e3:ana"]',
    /is already the subsystem of/,
  ],
  ['key', 'model = "e3-model"', 'modle = "x"', /Unrecognized key/],
  ['unit name', 'name = "e3disk"', 'name = "../x"', /unit\.0\.name: must be a name of letters/],
  ['wwid', 'file = "c"', 'file = "c"\nwwid = "t10.x"', /wwid: must be a string like "naa\."/],
  ['wwn', 'wwn = "naa.5001405000000001"', 'wwn = "nonsense"', /must be a name like "naa\.5001405/],
  [
    'twice wwn and LUN',
    '5000000002", group',
    '5000000001", group',
    /port\.1\.wwn: is already the wwn with this LUN of target\.unit\[0\]\.port\[0\]/,
  ],
  [
    'group of a port',
    'group = "gp2" },\n]',
    'group = "gp3" },\n]',
    /is no group of e3disk; add one with name = "gp3"/,
  ],
  [
    'group id',
    'id = 2 }]',
    'id = 1 }]',
    /group\.1\.id: is already the id of target\.unit\[0\]\.group\[0\]/,
  ],
  [
    'default group',
    'name = "gp1"',
    'name = "default_tg_pt_gp"',
    /is the group that is always there/,
  ],
  [
    'state of a group',
    'id = 2 }]',
    'id = 2, access_state = "lba-dependent" }]',
    /must be one of "active/,
  ],
];

for (const [what, from, to, complaint] of REFUSED) {
  test(`refused: ${what}`, (t) => {
    t.true(EXAMPLE.includes(from));
    const found = readTargets(EXAMPLE.replace(from, to));
    if (!Array.isArray(found)) return t.fail('it was accepted');
    t.true(
      found.some((text) => complaint.test(text)),
      found.join('\n'),
    );
  });
}
