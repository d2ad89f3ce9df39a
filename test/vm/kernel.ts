/**
 * Debian's 6.12 kernel for the machine, with its initial file system. Fetched by apt-get download,
 * built once and kept until Debian has a newer one.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inPath } from '../support/capability.js';
import { CommandFailed, output, run } from '../support/child.js';
import { CACHE } from './directories.js';
import { RECIPE, buildInitrd } from './initrd.js';

export interface Kernel {
  readonly vmlinuz: string;
  readonly initrd: string;
}

/** The newest kernel of Debian 12; its own 6.1 has no nvme-loop and no scsi_debug injection. */
const META_PACKAGE = 'linux-image-6.12-amd64';

const NEEDED = [
  ...['qemu-system-x86_64', 'busybox', 'modprobe', 'depmod', 'cpio', 'xz'],
  ...['apt-get', 'dpkg-deb', 'fio', 'dmsetup', 'nft'],
];

/** What keeps the machine from being started here, in words; undefined: nothing. */
export function lacking(): string | undefined {
  if (process.arch !== 'x64') return 'an x86-64 host';
  if (process.getuid?.() !== 0) return 'root';
  const missing = NEEDED.filter((command) => !inPath(command));
  return missing.length === 0 ? undefined : missing.join(', ');
}

/** The kernel; makes it if it isn't there. Throws when it can't be had. */
export async function kernel(): Promise<Kernel> {
  mkdirSync(CACHE, { recursive: true });
  const image = await newest();
  // Without apt's lists an older one has to do.
  const name = image === undefined ? cached() : `${image.package}_${image.version}_${recipe()}`;
  if (name === undefined) throw new Error(`apt knows no ${META_PACKAGE}`);
  if (image !== undefined && !existsSync(join(CACHE, name))) await make(image, name);
  return { vmlinuz: join(CACHE, name, 'vmlinuz'), initrd: join(CACHE, name, 'initrd') };
}

interface Image {
  readonly package: string;
  readonly version: string;
}

/** What the meta package depends on; the lists are updated if it isn't in them. */
async function newest(): Promise<Image | undefined> {
  const show = ['apt-cache', 'show', '--no-all-versions', META_PACKAGE];
  for (const update of [false, true]) {
    if (update) await run(['apt-get', 'update'], { timeoutMs: 60_000 });
    const found = /^Depends: (linux-image-\S+) \(= (\S+)\)/m.exec(
      (await run(show)).stdout.toString(),
    );
    if (found !== null) return { package: found[1] ?? '', version: found[2] ?? '' };
  }
  return undefined;
}

function recipe(): string {
  return createHash('sha256').update(RECIPE).digest('hex').slice(0, 8);
}

const isKernel = (name: string): boolean => name.startsWith('linux-image-');

function cached(): string | undefined {
  return readdirSync(CACHE).find((name) => isKernel(name) && name.endsWith(recipe()));
}

async function make(image: Image, name: string): Promise<void> {
  const directory = mkdtempSync(join(CACHE, 'build-'));
  try {
    await fetch(image, directory);
    const root = join(directory, 'root');
    const [version = ''] = readdirSync(join(root, 'lib/modules'));
    await buildInitrd(directory, root, version);
    renameSync(join(root, `boot/vmlinuz-${version}`), join(directory, 'vmlinuz'));
    for (const rest of ['root', 'tree', 'package.deb']) {
      rmSync(join(directory, rest), { recursive: true });
    }
    for (const old of readdirSync(CACHE).filter(isKernel)) {
      rmSync(join(CACHE, old), { recursive: true });
    }
    renameSync(directory, join(CACHE, name));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Downloads the package and unpacks its kernel and modules to `root`. */
async function fetch(image: Image, directory: string): Promise<void> {
  // apt gives the download to its own user, who can't write here: as root it does without.
  const download = ['apt-get', 'download', '-o', 'APT::Sandbox::User=root'];
  const wanted = `${image.package}=${image.version}`;
  const fetched = await run([...download, wanted], { cwd: directory, timeoutMs: 300_000 });
  if (fetched.code !== 0) {
    // The lists are older than the mirror, which keeps only the newest.
    await run(['apt-get', 'update'], { timeoutMs: 60_000 });
    const again = await run([...download, image.package], { cwd: directory, timeoutMs: 300_000 });
    if (again.code !== 0) throw new CommandFailed(download, again);
  }
  const unpack =
    'mv ./*.deb package.deb && mkdir root && ' +
    'dpkg-deb --fsys-tarfile package.deb | tar -x -C root ./boot ./lib/modules';
  await output(['bash', '-c', unpack], { cwd: directory, timeoutMs: 120_000 });
}
