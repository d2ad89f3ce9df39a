/** Whatever stands in the file: a Config or a ConfigError, never anything else. */
import { fc, testProp } from '@fast-check/ava';
import { stringify } from 'smol-toml';
import { ConfigError } from '../../../src/config/error.js';
import { parseConfig } from '../../../src/config/load.js';

function outcome(text: string): 'config' | ConfigError {
  try {
    parseConfig(text, 'any.toml');
    return 'config';
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

testProp('arbitrary text', [fc.string({ unit: 'binary', maxLength: 200 })], (t, text) => {
  const result = outcome(text);
  // Blanks and comments are a configuration without disks.
  const nothing = /^([ \t]*(#[^\n]*)?\r?\n)*[ \t]*(#[^\n]*)?$/.test(text);
  t.true(nothing || (result instanceof ConfigError && result.mistakes.length > 0));
});

const token = fc.constantFrom(
  ...'[ ] [[ ]] { } , . = # " \' """ \'\'\' \\ \\u0041 disk path kind machine device -1 1.5 true 1979-05-27 07:32:00'.split(
    ' ',
  ),
  '\n',
  '\r\n',
  '[[disk]]\n',
  '[[disk.path]]\n',
  'kind = "nvme"\n',
  'device = "a"\n',
  'a.b = 1\n',
);

testProp(
  'text made of TOML tokens',
  [fc.array(token, { maxLength: 40 }).map((tokens) => tokens.join(''))],
  (t, text) => {
    outcome(text);
    t.pass();
  },
  { numRuns: 2000 },
);

const value = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constantFrom('nvme', 'scsi', 'numa', 'off', 'optimized'),
);
const name = fc.constantFrom(
  'kind',
  'path',
  'device',
  'numa_node',
  'iopolicy',
  'wwid',
  'ctrl_loss_tmo',
  '__proto__',
);
const table = fc.dictionary(
  name,
  fc.oneof(value, fc.array(value), fc.array(fc.dictionary(name, value))),
);

testProp(
  'tables of the right shape with wrong values',
  [fc.array(table, { maxLength: 4 }), table],
  (t, disk, machine) => {
    outcome(stringify({ machine, disk }));
    t.pass();
  },
);
