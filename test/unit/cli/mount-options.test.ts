import test from 'ava';
import { CliError } from '../../../src/cli/errors.js';
import { formatMountOptions, parseMountOptions } from '../../../src/cli/mount-options.js';

const DEFAULTS = {
  transport: 'auto',
  allowOther: undefined,
  log: undefined,
  debug: false,
  poll: false,
  reactors: undefined,
} as const;

test('without options the defaults hold', (t) => {
  t.deepEqual(parseMountOptions([]), DEFAULTS);
  t.deepEqual(parseMountOptions([',', '']), DEFAULTS);
});

test('lists add up, and the last one counts', (t) => {
  const options = parseMountOptions([
    'transport=ring,allow_other',
    'debug,poll,reactors=2,log=/tmp/a=b.log',
    'transport=devfuse',
  ]);
  t.deepEqual(options, {
    transport: 'devfuse',
    allowOther: true,
    log: '/tmp/a=b.log',
    debug: true,
    poll: true,
    reactors: 2,
  });
  t.deepEqual(parseMountOptions([formatMountOptions(options)]), options);
});

test('a relative log file starts from the current directory', (t) => {
  t.is(parseMountOptions(['log=x.log']).log, `${process.cwd()}/x.log`);
});

for (const list of [
  'nonsense',
  'transport',
  'transport=fast',
  'debug=1',
  'allow_other=no',
  'log',
  'log=',
  'reactors=0',
  'reactors=-1',
  'reactors=two',
  'reactors=99999',
]) {
  test(`refused: -o ${list}`, (t) => {
    const error = t.throws(() => parseMountOptions([list]), { instanceOf: CliError });
    t.is(error.code, 'MPATHFS_USAGE');
    t.true(error.message.startsWith(`-o ${list.split('=')[0]}`));
  });
}
