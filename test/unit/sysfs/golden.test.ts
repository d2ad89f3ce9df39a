import test from 'ava';
import { Errno } from '../../../src/shared/errno.js';
import { fixture, readCapture } from './capture.js';
import { describeTree, differences } from './compare-trees.js';
import { DIFFERENCES } from './golden-differences.js';
import { buildLike, CAPTURES } from './golden-model.js';
import { at } from './listing.js';

for (const name of CAPTURES) {
  test(`${name}: nothing differs but what is listed, and all of that does`, async (t) => {
    const found = differences(readCapture(name), describeTree(await buildLike(t, name)));
    const listed = DIFFERENCES.filter(({ only }) => only?.test(name) !== false).flatMap(
      ({ differ }) => differ,
    );
    t.deepEqual(
      [...found].filter((one) => !listed.includes(one) && !listed.includes(withoutValue(one))),
      [],
    );
    const all = new Set([...found, ...[...found].map(withoutValue)]);
    t.deepEqual(
      listed.filter((one) => !all.has(one)),
      [],
    );
    t.is(new Set(listed).size, listed.length);
  });
}

test('every difference is of a capture that there is', (t) => {
  for (const { why, only } of DIFFERENCES) {
    t.true(only === undefined || CAPTURES.some((name) => only.test(name)), why);
  }
});

test('writes to iopolicy have the answers of the capture', async (t) => {
  const name = 'nvme-pcie-6.12-multipathY';
  const node = at(
    await buildLike(t, name),
    'sys/devices/virtual/nvme-subsystem/nvme-subsys0/iopolicy',
  );
  if (node?.kind !== 'attribute') return t.fail();
  let writes = 0;
  for (const line of fixture(`${name}.iopolicy.txt`).trimEnd().split('\n')) {
    const [, text = '', answer, back = ''] =
      /^write (".*") > \S+: (ok|EINVAL).*; reads back (".*")$/.exec(line) ?? [];
    const written = JSON.parse(text) as string;
    // An empty write doesn't reach an attribute.
    if (written === '') continue;
    t.is(await node.store?.(written), answer === 'ok' ? 0 : -Errno.EINVAL, line);
    t.is(node.show?.(), JSON.parse(back) as string, line);
    writes++;
  }
  t.is(writes, 14);
});

function withoutValue(difference: string): string {
  return difference.replace(/ = .*/s, '');
}
