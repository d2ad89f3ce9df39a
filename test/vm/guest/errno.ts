/** The errno that one direct read or write of a block gets, by dd in a process of its own. */
import { run } from '../../support/child.js';

export type Direction = 'read' | 'write';

const LIMIT_MS = 60_000;

/** What the C library says of the errnos that block I/O ends with. */
const MESSAGES: Readonly<Record<string, string>> = {
  'Input/output error': 'EIO',
  'Remote I/O error': 'EREMOTEIO',
  'Invalid exchange': 'EBADE',
  'No data available': 'ENODATA',
  'No space left on device': 'ENOSPC',
  'Link has been severed': 'ENOLINK',
  'Invalid or incomplete multibyte or wide character': 'EILSEQ',
  'Operation not supported': 'EOPNOTSUPP',
  'Connection timed out': 'ETIMEDOUT',
  'No such device': 'ENODEV',
  'No such device or address': 'ENXIO',
  'Timer expired': 'ETIME',
};

/** `0`, or the errno's name. The read or write is one block of 4096 bytes at `block`. */
export async function errnoOf(file: string, direction: Direction, block = 0): Promise<string> {
  const finished = await run(['dd', ...operands(file, direction, block)], { timeoutMs: LIMIT_MS });
  if (finished.timedOut) return 'no answer';
  if (finished.code === 0) return '0';
  const said = finished.stderr.split('\n').find((line) => line.startsWith('dd: ')) ?? '';
  const message = said.slice(said.lastIndexOf(': ') + 2);
  return MESSAGES[message] ?? message;
}

function operands(file: string, direction: Direction, block: number): readonly string[] {
  const one = ['bs=4096', 'count=1', 'conv=notrunc'];
  return direction === 'read'
    ? [`if=${file}`, 'of=/dev/null', 'iflag=direct', `skip=${block}`, ...one]
    : ['if=/dev/zero', `of=${file}`, 'oflag=direct', `seek=${block}`, ...one];
}
