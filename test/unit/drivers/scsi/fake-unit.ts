import type { ScsiAttachment, ScsiCommand, ScsiResult } from '../../../../src/drivers/scsi/port.js';
import { INQUIRY, pages } from './lio.js';

export const GOOD: ScsiResult = {
  status: 0,
  hostStatus: 0,
  driverStatus: 0,
  sense: new Uint8Array(),
  residual: 0,
};

/** CHECK CONDITION with sense data in descriptor format. */
export function check(key: number, asc: number, ascq: number): ScsiResult {
  return { ...GOOD, status: 2, sense: Uint8Array.of(0x72, key, asc, ascq, 0, 0, 0, 0) };
}

/** What a script has in store: a result, an error, never an end, or what the unit says itself. */
export type Answer = ScsiResult | Error | 'hang' | 'well';

export function systemError(code: string, errno: number): Error {
  return Object.assign(new Error(code), { code, errno: -errno });
}

export interface GroupState {
  id: number;
  state: number;
  preferred?: boolean;
  supported?: number;
}

/** The state of the logical unit, which all its ports share. */
export class FakeUnit {
  inquiry = INQUIRY.slice();
  groups: GroupState[] = [
    { id: 1, state: 0 },
    { id: 2, state: 1 },
  ];
  /** It knows the extended header, and then says this; undefined: it does not know it. */
  transitionSecs: number | undefined = 0;
  /** Relative ports that each group lists. */
  ports = 1;

  portGroups(extended: boolean): Uint8Array {
    const groups = this.groups.flatMap(({ id, state, preferred = false, supported = 0xcf }) => [
      (preferred ? 0x80 : 0) | state,
      supported,
      ...[id >> 8, id & 0xff, 0, 0, 0, this.ports],
      ...Array.from({ length: this.ports }, (_, port) => [0, 0, 0, port + 1]).flat(),
    ]);
    const header = extended ? [0x10, this.transitionSecs ?? 0, 0, 0] : [];
    const body = [...header, ...groups];
    const reply = new Uint8Array([0, 0, 0, 0, ...body]);
    new DataView(reply.buffer).setUint32(0, body.length);
    return reply;
  }
}

/** A port of a unit, that answers as the script of an opcode says, and then as the unit does. */
export class FakePort implements ScsiAttachment {
  readonly port = { execute: (command: ScsiCommand) => this.#execute(command) };
  readonly numaNode = 1;
  address = '2:0:0:0';
  wwid: string | undefined = undefined;
  sysfsState: string | undefined = 'running';
  readonly unit: FakeUnit;
  readonly pages: Map<number, Uint8Array>;
  readonly sent: ScsiCommand[] = [];
  readonly #scripts = new Map<number, Answer[]>();
  readonly #hanging: (() => void)[] = [];

  constructor(unit: FakeUnit, port: number, group: number) {
    this.unit = unit;
    this.pages = pages(port, group);
  }

  state(): string | undefined {
    return this.sysfsState;
  }

  /** The next answers to commands with this operation code. */
  script(opcode: number, ...answers: Answer[]): void {
    this.#scripts.set(opcode, answers);
  }

  /** How many commands with this operation code were sent. */
  count(opcode: number): number {
    return this.sent.filter(({ cdb }) => cdb[0] === opcode).length;
  }

  /** What hangs gets its answer after all: the next of its script. */
  wake(): void {
    for (const answer of this.#hanging.splice(0)) answer();
  }

  #execute(command: ScsiCommand): Promise<ScsiResult> {
    this.sent.push(command);
    return this.#answer(command);
  }

  async #answer(command: ScsiCommand): Promise<ScsiResult> {
    const answer = this.#scripts.get(command.cdb[0] ?? -1)?.shift() ?? 'well';
    if (answer === 'hang') {
      await new Promise<void>((resolve) => this.#hanging.push(resolve));
      return this.#answer(command);
    }
    if (answer instanceof Error) throw answer;
    return answer === 'well' ? this.#well(command) : answer;
  }

  #well({ cdb, data }: ScsiCommand): ScsiResult {
    switch (cdb[0] ?? -1) {
      case 0x00:
        return GOOD;
      case 0x12: {
        const page = cdb[1] === 1 ? this.pages.get(cdb[2] ?? 0) : this.unit.inquiry;
        return page === undefined ? check(5, 0x24, 0) : reply(data, page);
      }
      case 0x9e:
        return reply(
          data,
          new Uint8Array([0, 0, 0, 0, 0, 3, 0xff, 0xff, 0, 0, 2, 0, 0, 3, 0x80, 0]),
        );
      case 0xa3: {
        const extended = ((cdb[1] ?? 0) & 0x20) !== 0;
        if (extended && this.unit.transitionSecs === undefined) return check(5, 0x24, 0);
        return reply(data, this.unit.portGroups(extended));
      }
      default:
        return check(5, 0x20, 0);
    }
  }
}

function reply(data: Uint8Array | undefined, bytes: Uint8Array): ScsiResult {
  if (data === undefined) return GOOD;
  const length = Math.min(data.length, bytes.length);
  data.set(bytes.subarray(0, length));
  return { ...GOOD, residual: data.length - length };
}
