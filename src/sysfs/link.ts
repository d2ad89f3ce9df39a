import type { LinkNode } from '../fuse/node.js';
import type { Directory } from './directory.js';
import { Entry } from './entry.js';

/** A symbolic link to something else in the tree. */
export class Link extends Entry implements LinkNode {
  readonly kind = 'link';
  readonly #target: Entry;

  constructor(name: string, parent: Directory, ino: number, target: Entry) {
    super(name, parent, ino, 0o777);
    this.#target = target;
    target.linked(this);
  }

  /**
   * From the link's directory up to the first directory that the target is in, and down
   * (kernfs_get_target_path: a link back to its own directory goes `../` and its name).
   */
  target(): string {
    const above = ancestors(this.#target);
    const up: string[] = [];
    let base = this.parent;
    while (base?.parent !== undefined && !above.includes(base)) {
      up.push('..');
      base = base.parent;
    }
    const down = above.slice(0, above.indexOf(base as Directory)).map(({ name }) => name);
    return [...up, ...down.reverse(), this.#target.name].join('/');
  }

  override remove(): void {
    this.#target.unlinked(this);
    super.remove();
  }
}

/** The directories that an entry is in, its own one first, the root last. */
function ancestors(entry: Entry): Directory[] {
  const found: Directory[] = [];
  for (let at = entry.parent; at !== undefined; at = at.parent) found.push(at);
  return found;
}
