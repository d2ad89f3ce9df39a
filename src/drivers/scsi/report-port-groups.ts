import { AluaState } from './alua.js';
import { reportTargetPortGroups } from './commands.js';
import type { Outcome, ScsiDevice } from './device.js';
import type { PortGroups } from './port-groups.js';
import { decodePortGroups, portGroupsLength } from './port-groups.js';
import { isRefusal } from './refusal.js';
import { says, SenseKey } from './sense.js';

/** The answer to REPORT TARGET PORT GROUPS. */
export type PortGroupsAnswer =
  | { readonly kind: 'groups'; readonly reply: PortGroups }
  /** The unit can't tell before the transition is over. */
  | { readonly kind: 'transitioning' }
  | { readonly kind: 'failed'; readonly reason: string };

/** What is remembered of a unit from one question to the next. */
export interface PortGroupsFormat {
  /** Cleared when the unit refuses the extended header: not every one knows it. */
  extendedHeader: boolean;
}

/** scsi_dh_alua.c: ALUA_RTPG_SIZE. */
const FIRST_LENGTH = 128;
/** LIO does not count so many bytes of the extended header, and leaves out groups without room. */
const UNCOUNTED = 4;
/** The reply may grow between two questions, but not for ever. */
const MOST_LENGTHS = 4;

/** drivers/scsi/device_handler/scsi_dh_alua.c: submit_rtpg, alua_rtpg. */
export async function reportPortGroups(
  device: ScsiDevice,
  format: PortGroupsFormat,
): Promise<PortGroupsAnswer> {
  let { extendedHeader } = format;
  let length = FIRST_LENGTH;
  for (let lengths = 0; lengths < MOST_LENGTHS;) {
    const outcome = await device.execute(reportTargetPortGroups(length, extendedHeader), length);
    if (outcome.errno !== 0) {
      if (isTransitioning(outcome)) return { kind: 'transitioning' };
      if (!extendedHeader || outcome.sense?.key !== SenseKey.ILLEGAL_REQUEST) {
        return { kind: 'failed', reason: reasonOf(outcome) };
      }
      extendedHeader = false;
      continue;
    }
    // It is the header that was refused: a port that is offline may refuse everything.
    format.extendedHeader = extendedHeader;
    const needed = portGroupsLength(outcome.data);
    if (typeof needed !== 'number') return { kind: 'failed', reason: needed.error };
    if (needed + UNCOUNTED > length) {
      length = needed + UNCOUNTED;
      lengths++;
      continue;
    }
    const reply = decodePortGroups(outcome.data);
    return isRefusal(reply) ? { kind: 'failed', reason: reply.error } : { kind: 'groups', reply };
  }
  return { kind: 'failed', reason: 'target port groups that grow with every question' };
}

/** 2/04/0a, with which a unit also answers when it has no reply during the transition. */
function isTransitioning({ sense }: Pick<Outcome, 'sense'>): boolean {
  return (
    says(sense, SenseKey.NOT_READY, 0x04, 0x0a) || says(sense, SenseKey.UNIT_ATTENTION, 0x04, 0x0a)
  );
}

/** The state that a refusal speaks of: the port is well, its group carries no I/O. */
export function refusedState({ sense }: Pick<Outcome, 'sense'>): number | undefined {
  if (isTransitioning({ sense })) return AluaState.TRANSITIONING;
  if (says(sense, SenseKey.NOT_READY, 0x04, 0x0b)) return AluaState.STANDBY;
  if (says(sense, SenseKey.NOT_READY, 0x04, 0x0c)) return AluaState.UNAVAILABLE;
  return undefined;
}

function reasonOf({ errno, sense }: Outcome): string {
  if (sense === undefined) return `errno ${errno}`;
  return `sense ${[sense.key, sense.asc, sense.ascq].map((n) => n.toString(16)).join('/')}`;
}
