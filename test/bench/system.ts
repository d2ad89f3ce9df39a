/** What is measured: something that offers the image's bytes as one file. */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { bytes, output } from '../support/child.js';
import type { Owner } from '../support/scratch.js';

/** Which store lies below the paths: the image itself, or a loop device on it. */
export type Backing = 'file' | 'loop';

export interface Image {
  readonly file: string;
  readonly size: number;
  /** A private directory for mountpoints and configurations. */
  readonly directory: string;
}

/** One row of the table. */
export interface Subject {
  /** `mpathfs ring, 2 paths, numa` */
  readonly name: string;
  /** The file or device that fio uses. */
  readonly file: string;
  /** Called before each measurement; whatever it throws ends the benchmark. */
  before(): Promise<void>;
  /** Called after it with the number of I/Os that fio reports; checks who did them. */
  after(ios: number): Promise<void>;
}

export interface System {
  readonly backing: Backing;
  /** The names of its subjects, known before it runs. */
  readonly names: readonly string[];
  /** Why it can't be measured here, or ''. */
  unavailable(): string;
  /** Starts it; the owner's teardown ends it. */
  start(owner: Owner, image: Image): Promise<readonly Subject[]>;
}

const BLOCK = 4096;

/**
 * Checks that `file` is the image, and that direct reads of it come from the image and
 * not from a cache: a wrong measurement is worse than none.
 */
export async function probe(file: string, image: Image): Promise<void> {
  const size = Number(await output(['blockdev', '--getsize64', file]).catch(() => fileSize(file)));
  if (size !== image.size) throw new Error(`${file}: ${size} bytes, the image has ${image.size}`);
  const blocks = image.size / BLOCK;
  for (const block of [0, Math.floor(blocks / 3), Math.floor(blocks / 2), blocks - 1]) {
    expectSame(await readDirect(file, block), readImage(image, block), `${file}: first read`);
    const below = randomBytes(BLOCK);
    writeImage(image, block, below);
    expectSame(await readDirect(file, block), below, `${file}: read after the image changed`);
    const above = randomBytes(BLOCK);
    await writeDirect(file, block, above);
    expectSame(readImage(image, block), above, `${file}: the image after a write`);
  }
}

function expectSame(actual: Buffer, expected: Buffer, what: string): void {
  if (!actual.equals(expected)) throw new Error(`${what}: other bytes than expected`);
}

async function fileSize(file: string): Promise<string> {
  return output(['stat', '--format=%s', file]);
}

function readDirect(file: string, block: number): Promise<Buffer> {
  return bytes([...dd(), `if=${file}`, `skip=${block}`, 'iflag=direct']);
}

async function writeDirect(file: string, block: number, data: Buffer): Promise<void> {
  const flags = [`seek=${block}`, 'oflag=direct', 'conv=notrunc', 'iflag=fullblock'];
  await bytes([...dd(), `of=${file}`, ...flags], { input: data });
}

function dd(): readonly string[] {
  return ['dd', 'status=none', `bs=${BLOCK}`, 'count=1'];
}

function readImage(image: Image, block: number): Buffer {
  const data = Buffer.alloc(BLOCK);
  const fd = openSync(image.file, 'r');
  readSync(fd, data, 0, BLOCK, block * BLOCK);
  closeSync(fd);
  return data;
}

function writeImage(image: Image, block: number, data: Buffer): void {
  const fd = openSync(image.file, 'r+');
  writeSync(fd, data, 0, BLOCK, block * BLOCK);
  closeSync(fd);
}
