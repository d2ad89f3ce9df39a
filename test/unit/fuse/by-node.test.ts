import test from 'ava';
import { ByNode } from '../../../src/fuse/by-node.js';
import { FakeDirectory } from './fake-tree.js';

test('what is remembered of a node goes after the node', (t) => {
  const map = new ByNode<number>();
  const stays = new FakeDirectory(1);
  map.set(stays, 42);
  for (let ino = 2; ino < 10_000; ino++) {
    const node = new FakeDirectory(ino);
    map.set(node, ino);
    t.is(map.get(ino), ino);
    node.removed = true;
    if (map.size > 130) t.fail('it grows');
  }
  t.is(map.get(1), 42);
  t.is(map.get(10_001), undefined);
});

test('nothing of a node in the tree is lost', (t) => {
  const map = new ByNode<number>();
  const nodes = Array.from({ length: 500 }, (_, ino) => new FakeDirectory(ino));
  for (const node of nodes) map.set(node, node.ino);
  t.true(nodes.every(({ ino }) => map.get(ino) === ino));
});
