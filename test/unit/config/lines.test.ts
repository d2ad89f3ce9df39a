import test from 'ava';
import { fc, testProp } from '@fast-check/ava';
import { parse, stringify } from 'smol-toml';
import { keyLines, keyName } from '../../../src/config/lines.js';

test('keys of every form have their lines', (t) => {
  const toml = [
    '# a = 1', // 1
    'top = "# no [table]"',
    'text = """', // 3
    'x = 1',
    '[[disk]] "" \\"""" # the end', // 5
    "literal = '''",
    "[y]''''", // 7
    'a . "b.c" . \'d\' = [1, # one',
    '  { e = 2, f.g = 3 },', // 9
    '  [ "]", 4 ]]',
    '[[disk]]', // 11
    'kind = "nvme"',
    '[[disk.path]]', // 13
    'device = "a"',
    '[[ disk . path ]]', // 15
    'device = "b"',
    '[disk.extra]', // 17
    'n = 1979-05-27 07:32:00',
    '[[disk]]', // 19
    'kind = "scsi"',
    'path = [ { device = "c" },', // 21
    '{ device = "d" } ]',
  ].join('\n');
  t.notThrows(() => parse(toml));
  t.deepEqual(Object.fromEntries(keyLines(toml)), {
    top: 2,
    text: 3,
    literal: 6,
    a: 8,
    'a."b.c"': 8,
    'a."b.c".d': 8,
    'a."b.c".d[0]': 8,
    'a."b.c".d[1]': 9,
    'a."b.c".d[1].e': 9,
    'a."b.c".d[1].f': 9,
    'a."b.c".d[1].f.g': 9,
    'a."b.c".d[2]': 10,
    'a."b.c".d[2][0]': 10,
    'a."b.c".d[2][1]': 10,
    disk: 11,
    'disk[0]': 11,
    'disk[0].kind': 12,
    'disk[0].path': 13,
    'disk[0].path[0]': 13,
    'disk[0].path[0].device': 14,
    'disk[0].path[1]': 15,
    'disk[0].path[1].device': 16,
    'disk[0].extra': 17,
    'disk[0].extra.n': 18,
    'disk[1]': 19,
    'disk[1].kind': 20,
    'disk[1].path': 21,
    'disk[1].path[0]': 21,
    'disk[1].path[0].device': 21,
    'disk[1].path[1]': 22,
    'disk[1].path[1].device': 22,
  });
});

test('lines end with CR LF as well, and a byte order mark is no key', (t) => {
  t.deepEqual(
    [...keyLines('\ufeffa = 1\r\n\r\nb = 2\r\n')],
    [
      ['a', 1],
      ['b', 3],
    ],
  );
});

/** Every key path of a parsed document. */
function* keyPaths(value: unknown, path: (string | number)[] = []): Generator<string> {
  if (path.length > 0) yield keyName(path);
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) yield* keyPaths(element, [...path, index]);
  } else if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    for (const [key, child] of Object.entries(value)) yield* keyPaths(child, [...path, key]);
  }
}

const leaf = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean());
const { tree } = fc.letrec<{ tree: unknown; table: object }>((tie) => ({
  table: fc.dictionary(fc.oneof(fc.constantFrom('a', 'b', 'c-d'), fc.string()), tie('tree'), {
    maxKeys: 4,
  }),
  tree: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(leaf),
    fc.array(tie('table'), { maxLength: 3 }),
    tie('table'),
  ),
}));

testProp(
  'the scanner and smol-toml see the same keys',
  [fc.dictionary(fc.string(), tree)],
  (t, document) => {
    const toml = stringify(document);
    t.deepEqual([...keyLines(toml).keys()].sort(), [...keyPaths(parse(toml))].sort());
  },
);
