/**
 * Where each key of a TOML text stands. smol-toml gives no positions for what it has
 * parsed; this walks over the same text and keeps nothing but key paths and lines.
 */

export type KeyPath = readonly (string | number)[];

/** The way a key is written in messages: `disk[0].path[1].numa_node`. */
export function keyName(path: KeyPath): string {
  let name = '';
  for (const part of path) {
    if (typeof part === 'number') name += `[${part}]`;
    else name += (name === '' ? '' : '.') + (/^[\w-]+$/.test(part) ? part : JSON.stringify(part));
  }
  return name;
}

/**
 * The line, from 1, of every key and array element of `toml`, by keyName. A key that is made in
 * several places has the first of them. `toml` must be text that smol-toml accepts.
 */
export function keyLines(toml: string): ReadonlyMap<string, number> {
  return new Scanner(toml).scan();
}

class Scanner {
  readonly #text: string;
  readonly #lines = new Map<string, number>();
  /** Elements of each array of tables so far. */
  readonly #tables = new Map<string, number>();
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): Map<string, number> {
    if (this.#text.startsWith('\ufeff')) this.#at = 1;
    let table: KeyPath = [];
    for (this.#skipBlank(); this.#at < this.#text.length; this.#skipBlank()) {
      if (this.#take('[[')) table = this.#tableOfArray();
      else if (this.#take('[')) table = this.#table();
      else this.#pair(table);
    }
    return this.#lines;
  }

  #tableOfArray(): KeyPath {
    const line = this.#line;
    const key = this.#key();
    this.#take(']]');
    const array = [...this.#resolve(key.slice(0, -1), line), ...key.slice(-1)];
    this.#record(array, line);
    const name = keyName(array);
    const index = this.#tables.get(name) ?? 0;
    this.#tables.set(name, index + 1);
    const table = [...array, index];
    this.#record(table, line);
    return table;
  }

  #table(): KeyPath {
    const line = this.#line;
    const table = this.#resolve(this.#key(), line);
    this.#take(']');
    return table;
  }

  /** A header's path: a name of an array of tables means its last table. */
  #resolve(key: readonly string[], line: number): KeyPath {
    let path: KeyPath = [];
    for (const part of key) {
      path = [...path, part];
      this.#record(path, line);
      const tables = this.#tables.get(keyName(path));
      if (tables !== undefined) path = [...path, tables - 1];
    }
    return path;
  }

  #pair(table: KeyPath): void {
    const line = this.#line;
    let path = table;
    for (const part of this.#key()) {
      path = [...path, part];
      this.#record(path, line);
    }
    this.#take('=');
    this.#skipBlank();
    this.#value(path);
  }

  #key(): string[] {
    const parts: string[] = [];
    do {
      this.#skipBlank();
      const quote = this.#text[this.#at];
      if (quote === '"' || quote === "'") parts.push(this.#string());
      else parts.push(this.#run(/[\w-]*/y));
      this.#skipBlank();
    } while (this.#take('.'));
    return parts;
  }

  #value(path: KeyPath): void {
    const first = this.#text[this.#at];
    if (first === '"' || first === "'") this.#string();
    else if (this.#take('[')) this.#array(path);
    else if (this.#take('{')) this.#inlineTable(path);
    else this.#run(/[^,\]}#\r\n]*/y);
  }

  #array(path: KeyPath): void {
    this.#skipBlank();
    for (let index = 0; this.#at < this.#text.length && !this.#take(']'); index++) {
      const element = [...path, index];
      this.#record(element, this.#line);
      this.#value(element);
      this.#separator();
    }
  }

  #inlineTable(path: KeyPath): void {
    this.#skipBlank();
    while (this.#at < this.#text.length && !this.#take('}')) {
      this.#pair(path);
      this.#separator();
    }
  }

  #separator(): void {
    this.#skipBlank();
    this.#take(',');
    this.#skipBlank();
  }

  /** One string of any of the four kinds; its content, read as JSON where it is a basic one. */
  #string(): string {
    const quote = this.#text[this.#at] ?? '';
    if (this.#take(quote.repeat(3))) return this.#multilineString(quote);
    const text = quote === '"' ? this.#run(/"(?:[^"\\]|\\.)*"?/y) : this.#run(/'[^']*'?/y);
    return quote === '"' ? basicString(text) : text.slice(1, -1);
  }

  #multilineString(quote: string): string {
    // Up to two quotes may stand right before the closing three.
    return quote === '"'
      ? this.#run(/(?:[^"\\]|\\[^]|"{1,2}(?!"))*"{0,5}/y)
      : this.#run(/(?:[^']|'{1,2}(?!'))*'{0,5}/y);
  }

  #skipBlank(): void {
    this.#run(/(?:[ \t\r\n]|#[^\n]*)*/y);
  }

  #take(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  /** Takes what `pattern` (sticky) matches here and counts its lines. */
  #run(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += match.length;
    for (const character of match) if (character === '\n') this.#line++;
    return match;
  }

  #record(path: KeyPath, line: number): void {
    const name = keyName(path);
    if (!this.#lines.has(name)) this.#lines.set(name, line);
  }
}

/** TOML's escapes are JSON's and these three: \e, \xHH and \UHHHHHHHH. */
function basicString(text: string): string {
  const json = text.replace(/\\(?:e|x(..)|U(.{8})|.)/g, (escape, byte?: string, code?: string) => {
    if (escape === '\\e') return '\\u001b';
    if (byte !== undefined) return `\\u00${byte}`;
    if (code === undefined) return escape;
    return JSON.stringify(String.fromCodePoint(parseInt(code, 16))).slice(1, -1);
  });
  // A basic string may hold a tab as it is, JSON may not.
  return JSON.parse(json.replaceAll('\t', '\\t')) as string;
}
