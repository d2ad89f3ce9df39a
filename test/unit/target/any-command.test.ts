import test from 'ava';
import { testProp } from '@fast-check/ava';
import fc from 'fast-check';
import { ACCESS_STATE_NAMES } from '../../../src/multipath/names.js';
import { ALUA_STATE_NAMES } from '../../../src/config/targets.js';
import { ALUA_STATES } from '../../../src/target/scsi/alua-state.js';
import { TargetsRig } from './fixture.js';

const GUARD = 0xa5;

/** A buffer in the middle of a larger one: whoever writes outside of it is seen. */
function guarded(length: number): { data: Uint8Array; intact: () => boolean } {
  const whole = new Uint8Array(length + 128).fill(GUARD);
  const data = whole.subarray(64, 64 + length).fill(0);
  const outside = (): Uint8Array[] => [whole.subarray(0, 64), whole.subarray(64 + length)];
  return { data, intact: () => outside().every((part) => part.every((byte) => byte === GUARD)) };
}

const length = fc.oneof(fc.constantFrom(0, 4, 8, 16, 32, 255, 512, 1024, 4096, 8192), fc.nat(9000));
/** Mostly zeros with known opcodes in front, so that something gets further than the first look. */
function command(opcodes: readonly number[], least: number, most: number) {
  const bytes = fc.uint8Array({ minLength: least, maxLength: most });
  const sparse = fc
    .tuple(bytes, fc.uint8Array({ minLength: most, maxLength: most }))
    .map(([values, mask]) => values.map((value, at) => (((mask[at] ?? 0) & 3) === 0 ? value : 0)));
  return fc
    .tuple(fc.oneof(bytes, sparse), fc.constantFrom(undefined, ...opcodes))
    .map(([whole, opcode]) => {
      if (opcode !== undefined && whole.length > 0) whole[0] = opcode;
      return whole;
    });
}

test('any command to the software targets has a proper end', async (t) => {
  const rig = new TargetsRig(t);
  const nvme = rig.nvme();
  const scsi = rig.scsi();
  await fc.assert(
    fc.asyncProperty(
      command([0, 1, 2, 6, 8, 9, 0x0a, 0x18], 0, 70),
      fc.boolean(),
      length,
      fc.constantFrom(...ACCESS_STATE_NAMES),
      async (sqe, admin, size, state) => {
        rig.targets.nvmet.ports.get(1)?.setAnaState(1, state);
        const { data, intact } = guarded(size);
        const { port } = nvme.attachment;
        const sent = { sqe, data, timeoutMs: 1000 };
        const { status, result } = await (admin ? port.admin(sent) : port.io(sent));
        const type = (status >> 8) & 7;
        return (
          intact() &&
          Number.isInteger(status) &&
          status >= 0 &&
          status <= 0x7fff &&
          (type === 0 || type === 3) &&
          (type !== 3 || (status & 0x4000) === 0) &&
          typeof result === 'bigint'
        );
      },
    ),
    { numRuns: 1500 },
  );
  await fc.assert(
    fc.asyncProperty(
      command([0, 3, 0x12, 0x25, 0x28, 0x2a, 0x88, 0x8a, 0x9e, 0xa0, 0xa3, 0xa4], 0, 34),
      fc.constantFrom('none', 'in', 'out'),
      length,
      fc.constantFrom(...ALUA_STATE_NAMES),
      async (cdb, direction, size, state) => {
        const group = rig.targets.core.units.get('e3disk')?.groups.get('gp1');
        await group?.changeState(ALUA_STATES[state]);
        const { data, intact } = guarded(direction === 'none' ? 0 : size);
        const { status, hostStatus, sense, residual } = await scsi.attachment.port.execute({
          cdb,
          direction,
          data: direction === 'none' ? undefined : data,
          timeoutMs: 1000,
        });
        const key = (sense[2] ?? 0) & 0xf;
        return (
          intact() &&
          hostStatus === 0 &&
          (status === 0 || (status === 2 && [2, 5, 6].includes(key) && sense[0] === 0x70)) &&
          residual >= 0 &&
          residual <= data.length
        );
      },
    ),
    { numRuns: 1500 },
  );
  t.pass();
});

testProp(
  'a CDB or SQE that is cut off is one with zeros at its end',
  [fc.nat(15)],
  async (t, kept) => {
    const { attachment } = new TargetsRig(t).scsi();
    const run = async (cdb: Uint8Array): Promise<string> => {
      const data = new Uint8Array(255);
      const result = await attachment.port.execute({ cdb, direction: 'in', data, timeoutMs: 1 });
      return JSON.stringify([result.status, result.residual, [...result.sense], [...data]]);
    };
    await run(new Uint8Array(6)); // takes the unit attention
    const inquiry = Uint8Array.of(0x12, 1, 0x83, 0, 255, 0);
    const padded = new Uint8Array(16);
    padded.set(inquiry.subarray(0, kept));
    t.is(await run(inquiry.subarray(0, kept)), await run(padded));
  },
  { numRuns: 16 },
);
