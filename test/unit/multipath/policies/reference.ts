/**
 * The selection rules of the kernel in plain objects, written from their description and
 * without a look at src: what the real policies are compared with.
 */
export interface ModelController {
  state: string;
  active: number;
}

export interface ModelPath {
  readonly name: number;
  readonly node: number | null;
  readonly controller: ModelController;
  access: string;
  preferred: boolean;
  marginal: boolean;
  ready: boolean;
  pending: boolean;
}

export class Model {
  policy = 'numa';
  list: ModelPath[] = [];
  readonly current = new Map<number, ModelPath>();
  readonly distance: (from: number, to: number) => number;

  constructor(distance: (from: number, to: number) => number) {
    this.distance = distance;
  }

  select(node: number): ModelPath | undefined {
    if (this.policy === 'queue-depth') return this.#shallowest();
    const current = this.current.get(node);
    const known = current !== undefined && (this.policy === 'numa' || this.list.includes(current));
    if (!known) return this.#search(node);
    if (this.policy === 'numa') {
      const stay = usable(current) && current.access === 'optimized' && isLive(current);
      // Usable or not: it may be worth a look.
      const better = this.list.some((path) => classOf(path) < classOf(current));
      return stay && !better ? current : this.#search(node);
    }
    return this.#nextAfter(current, node);
  }

  #search(node: number): ModelPath | undefined {
    const far = (path: ModelPath): number =>
      this.policy === 'numa' && path.node !== null ? this.distance(node, path.node) : 10;
    // Stable: list order among equals.
    return this.#remember(node, best(this.list.filter(usable)).sort((a, b) => far(a) - far(b))[0]);
  }

  #nextAfter(current: ModelPath, node: number): ModelPath | undefined {
    if (this.list.length === 1) return usable(current) ? current : undefined;
    const place = this.list.indexOf(current);
    const others = [...this.list.slice(place + 1), ...this.list.slice(0, place)].filter(usable);
    const candidates = best([...others, ...[current].filter(usable)]).filter((p) => p !== current);
    const optimized = candidates.find((path) => path.access === 'optimized');
    const next = optimized ?? candidates.at(-1);
    if (next !== undefined) return this.#remember(node, next);
    return usable(current) && carriesIo(current) ? current : undefined;
  }

  #shallowest(): ModelPath | undefined {
    const candidates = best(this.list.filter(usable));
    return candidates.sort((a, b) => a.controller.active - b.controller.active)[0];
  }

  #remember(node: number, path: ModelPath | undefined): ModelPath | undefined {
    if (path !== undefined) this.current.set(node, path);
    return path;
  }
}

/** Marginal after normal; optimized, then non-optimized; preferred ones first. */
function classOf(path: ModelPath): string {
  if (!carriesIo(path)) return 'none';
  return [path.marginal ? 'b' : 'a', path.access === 'optimized' ? 'a' : 'b']
    .concat(path.preferred ? 'a' : 'b')
    .join('');
}

/** Those of the first class, in their order. */
function best(paths: readonly ModelPath[]): ModelPath[] {
  const able = paths.filter(carriesIo);
  const first = able.map(classOf).sort()[0];
  return able.filter((path) => classOf(path) === first);
}

function carriesIo(path: ModelPath): boolean {
  return path.access === 'optimized' || path.access === 'non-optimized';
}

function usable(path: ModelPath): boolean {
  return path.ready && !path.pending && ['live', 'deleting'].includes(path.controller.state);
}

function isLive(path: ModelPath): boolean {
  return path.controller.state === 'live';
}
