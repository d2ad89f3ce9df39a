/** Whatever comes and goes: names are unique, lists agree, devices are closed once. */
import { fc, testProp } from '@fast-check/ava';
import type { ExecutionContext } from 'ava';
import { balanced, record } from './events.js';
import { disk, Fixture, path } from './fixture.js';

type Step =
  | { readonly add: number; readonly wwid: number; readonly kind: 'nvme' | 'scsi' }
  | { readonly remove: number; readonly wait: boolean }
  | { readonly scan: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      add: fc.nat(5),
      wwid: fc.nat(2),
      kind: fc.constantFrom('nvme' as const, 'scsi' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ remove: fc.nat(9), wait: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ scan: fc.nat(3) }) },
);

const WWIDS = {
  nvme: ['eui.0000000000000001', 'eui.0000000000000002', 'eui.0000000000000003'],
  scsi: ['naa.5000000000000001', 'naa.5000000000000002', 'naa.5000000000000003'],
};

function check(t: ExecutionContext, { topology }: Fixture): void {
  const { subsystems, scsiDevices, hosts, disks } = topology;
  const heads = [
    ...subsystems.flatMap((subsystem) => subsystem.heads),
    ...scsiDevices.map((device) => device.disk),
  ];
  const unique = (what: readonly unknown[]): void => {
    t.is(new Set(what).size, what.length, what.join(' '));
  };
  unique(heads);
  t.true(heads.every((head) => disks.includes(head)));
  const paths = heads.flatMap((head) => [...head.paths]);
  const controllers = subsystems.flatMap((subsystem) => subsystem.controllers);
  unique([...heads, ...paths, ...controllers, ...subsystems].map(({ name }) => name));
  unique(hosts.map(({ number }) => number));
  unique(heads.map(({ devt }) => `${devt.major}:${devt.minor}`));
  unique(heads.map(({ wwid }) => wwid));
  unique([...heads, ...paths].map(({ diskseq }) => diskseq));
  for (const subsystem of subsystems) {
    t.true(subsystem.heads.length + subsystem.controllers.length > 0);
    unique(subsystem.heads.map(({ nsid }) => nsid));
    unique(subsystem.controllers.map(({ cntlid }) => cntlid));
    for (const controller of subsystem.controllers) {
      for (const made of controller.paths) t.true(made.disk.paths.includes(made));
    }
  }
  for (const { path: scsi } of hosts) t.true(scsi === undefined || paths.includes(scsi));
  for (const head of heads) for (const { path: made } of head.paths) t.is(made.head, head.head);
}

testProp(
  'paths come and go at random',
  [fc.array(step, { maxLength: 40, size: 'max' }), fc.constantFrom(0, 5)],
  async (t, steps, secs) => {
    const fixture = new Fixture();
    const { topology } = fixture;
    const told = record(topology);
    const devices = Array.from({ length: 6 }, (_, i) => fixture.device(`d${i}`, 65536));
    const first = fixture.device('first', 65536);
    await fixture.build(
      disk([path(first)], { wwid: WWIDS.scsi[0], kind: 'scsi', delayed_removal_secs: secs }),
    );
    const pending: Promise<unknown>[] = [];
    for (const what of steps) {
      if ('add' in what) {
        const wwid = WWIDS[what.kind][what.wwid];
        const text = `${devices[what.add]} kind=${what.kind} wwid=${wwid}`;
        pending.push(topology.addPath(`${text} delayed_removal_secs=${secs}`));
      } else if ('scan' in what) {
        const host = topology.hosts[what.scan];
        if (host !== undefined) pending.push(host.scan(0, 0, 0));
      } else {
        const all = [
          ...topology.subsystems.flatMap(({ controllers }) => controllers),
          ...topology.scsiDevices.flatMap((device) => device.disk.paths),
        ];
        const removal = all[what.remove % Math.max(1, all.length)]?.delete();
        if (what.wait) await removal;
        else if (removal !== undefined) pending.push(removal);
      }
      check(t, fixture);
    }
    await Promise.all(pending);
    check(t, fixture);
    const paths = topology.disks.flatMap((made) => [...made.paths]);
    t.deepEqual(fixture.open.toSorted(), paths.map(({ device }) => device).sort());

    for (const subsystem of [...topology.subsystems]) {
      await Promise.all([...subsystem.controllers].map((controller) => controller.delete()));
    }
    for (const { disk: made } of [...topology.scsiDevices]) {
      await Promise.all([...made.paths].map((scsi) => scsi.delete()));
    }
    await fixture.clock.advance(secs * 1000);
    t.deepEqual(fixture.open, []);
    t.deepEqual([topology.disks, topology.subsystems, topology.scsiDevices], [[], [], []]);
    t.deepEqual([...balanced(t, told)], ['host 0']);
    t.deepEqual(fixture.engine.heads, []);
    t.deepEqual(fixture.engine.controllers, []);
    await fixture.end();
  },
  { numRuns: 60 },
);
