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
      return stay ? current : this.#search(node);
    }
    return this.#nextAfter(current, node);
  }

  #search(node: number): ModelPath | undefined {
    const far = (path: ModelPath): number =>
      this.policy === 'numa' && path.node !== null ? this.distance(node, path.node) : 10;
    const nearest = (access: string): ModelPath | undefined =>
      this.list
        .filter((path) => usable(path) && path.access === access)
        .sort((a, b) => far(a) - far(b))[0]; // stable: list order among equals
    return this.#remember(node, nearest('optimized') ?? nearest('non-optimized'));
  }

  #nextAfter(current: ModelPath, node: number): ModelPath | undefined {
    if (this.list.length === 1) return usable(current) ? current : undefined;
    const place = this.list.indexOf(current);
    const others = [...this.list.slice(place + 1), ...this.list.slice(0, place)].filter(usable);
    const optimized = others.find((path) => path.access === 'optimized');
    if (optimized !== undefined) return this.#remember(node, optimized);
    if (usable(current) && current.access === 'optimized') return current;
    const fallback = others.filter((path) => path.access === 'non-optimized').at(-1);
    if (fallback !== undefined) return this.#remember(node, fallback);
    return usable(current) && current.access === 'non-optimized' ? current : undefined;
  }

  #shallowest(): ModelPath | undefined {
    const best = (access: string): ModelPath | undefined =>
      this.list
        .filter((path) => usable(path) && path.access === access)
        .sort((a, b) => a.controller.active - b.controller.active)[0];
    return best('optimized') ?? best('non-optimized');
  }

  #remember(node: number, path: ModelPath | undefined): ModelPath | undefined {
    if (path !== undefined) this.current.set(node, path);
    return path;
  }
}

function usable(path: ModelPath): boolean {
  return path.ready && !path.pending && ['live', 'deleting'].includes(path.controller.state);
}

function isLive(path: ModelPath): boolean {
  return path.controller.state === 'live';
}
