import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import * as wire from '../../../src/fuse/wire.js';

const HEADER = '/usr/include/linux/fuse.h';

/** Our field -> the header's, where it is not the lower-case of ours. */
const FIELD: Readonly<Record<string, string>> = {
  FILE_SIZE: 'size',
  LENGTH: 'size',
  NODEID: 'nodeid',
};

const STRUCTS: Readonly<Record<string, readonly [string, Readonly<Record<string, number>>]>> = {
  InHeader: ['fuse_in_header', wire.InHeader],
  OutHeader: ['fuse_out_header', wire.OutHeader],
  InitIn: ['fuse_init_in', wire.InitIn],
  InitOut: ['fuse_init_out', wire.InitOut],
  Attr: ['fuse_attr', wire.Attr],
  EntryOut: ['fuse_entry_out', wire.EntryOut],
  AttrOut: ['fuse_attr_out', wire.AttrOut],
  ForgetIn: ['fuse_forget_in', wire.ForgetIn],
  BatchForgetIn: ['fuse_batch_forget_in', wire.BatchForgetIn],
  ForgetOne: ['fuse_forget_one', wire.ForgetOne],
  GetattrIn: ['fuse_getattr_in', wire.GetattrIn],
  SetattrIn: ['fuse_setattr_in', wire.SetattrIn],
  OpenIn: ['fuse_open_in', wire.OpenIn],
  OpenOut: ['fuse_open_out', wire.OpenOut],
  ReleaseIn: ['fuse_release_in', wire.ReleaseIn],
  FlushIn: ['fuse_flush_in', wire.FlushIn],
  ReadIn: ['fuse_read_in', wire.ReadIn],
  WriteIn: ['fuse_write_in', wire.WriteIn],
  WriteOut: ['fuse_write_out', wire.WriteOut],
  FsyncIn: ['fuse_fsync_in', wire.FsyncIn],
  LseekIn: ['fuse_lseek_in', wire.LseekIn],
  LseekOut: ['fuse_lseek_out', wire.LseekOut],
  AccessIn: ['fuse_access_in', wire.AccessIn],
  InterruptIn: ['fuse_interrupt_in', wire.InterruptIn],
  IoctlIn: ['fuse_ioctl_in', wire.IoctlIn],
  IoctlOut: ['fuse_ioctl_out', wire.IoctlOut],
  Dirent: ['fuse_dirent', wire.Dirent],
  Direntplus: ['fuse_direntplus', wire.Direntplus],
};

/** Fields that are newer than the header of Debian 12 (7.38); tested by number below. */
const NEWER = new Set(['InitOut.MAX_STACK_DEPTH', 'InitOut.REQUEST_TIMEOUT']);

/** Opcodes and the struct that follows the header. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  FORGET: 'fuse_forget_in',
  GETATTR: 'fuse_getattr_in',
  SETATTR: 'fuse_setattr_in',
  MKNOD: 'fuse_mknod_in',
  MKDIR: 'fuse_mkdir_in',
  RENAME: 'fuse_rename_in',
  LINK: 'fuse_link_in',
  OPEN: 'fuse_open_in',
  READ: 'fuse_read_in',
  WRITE: 'fuse_write_in',
  RELEASE: 'fuse_release_in',
  FSYNC: 'fuse_fsync_in',
  GETXATTR: 'fuse_getxattr_in',
  LISTXATTR: 'fuse_getxattr_in',
  FLUSH: 'fuse_flush_in',
  INIT: 'fuse_init_in',
  OPENDIR: 'fuse_open_in',
  READDIR: 'fuse_read_in',
  RELEASEDIR: 'fuse_release_in',
  FSYNCDIR: 'fuse_fsync_in',
  GETLK: 'fuse_lk_in',
  SETLK: 'fuse_lk_in',
  SETLKW: 'fuse_lk_in',
  ACCESS: 'fuse_access_in',
  CREATE: 'fuse_create_in',
  INTERRUPT: 'fuse_interrupt_in',
  BMAP: 'fuse_bmap_in',
  IOCTL: 'fuse_ioctl_in',
  POLL: 'fuse_poll_in',
  NOTIFY_REPLY: 'fuse_notify_retrieve_in',
  BATCH_FORGET: 'fuse_batch_forget_in',
  FALLOCATE: 'fuse_fallocate_in',
  READDIRPLUS: 'fuse_read_in',
  RENAME2: 'fuse_rename2_in',
  LSEEK: 'fuse_lseek_in',
  COPY_FILE_RANGE: 'fuse_copy_file_range_in',
  SYNCFS: 'fuse_syncfs_in',
  TMPFILE: 'fuse_create_in',
};
const WITHOUT_ARGUMENTS = [
  ...['LOOKUP', 'READLINK', 'SYMLINK', 'UNLINK', 'RMDIR', 'STATFS', 'REMOVEXATTR', 'DESTROY'],
];

/** Asks the C compiler for the values of expressions. */
function evaluate(expressions: readonly string[]): number[] {
  const directory = mkdtempSync(join(tmpdir(), 'mpathfs-wire-'));
  try {
    const source = join(directory, 'values.c');
    const program = join(directory, 'values');
    writeFileSync(
      source,
      `#include <stddef.h>\n#include <stdio.h>\n#include <${HEADER.slice('/usr/include/'.length)}>\n` +
        'int main(void) {\n' +
        expressions.map((e) => `printf("%lld\\n", (long long)(${e}));\n`).join('') +
        'return 0; }\n',
    );
    execFileSync('cc', ['-o', program, source]);
    return execFileSync(program, { encoding: 'utf8' }).trim().split('\n').map(Number);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const against = existsSync(HEADER) && hasCompiler() ? test : test.skip;

against('structs have the sizes and offsets of linux/fuse.h (cc and the header)', (t) => {
  const names: string[] = [];
  const expressions: string[] = [];
  const ours: number[] = [];
  for (const [name, [struct, fields]] of Object.entries(STRUCTS)) {
    for (const [field, offset] of Object.entries(fields)) {
      if (NEWER.has(`${name}.${field}`)) continue;
      names.push(`${name}.${field}`);
      ours.push(offset);
      expressions.push(
        field === 'SIZE'
          ? `sizeof(struct ${struct})`
          : `offsetof(struct ${struct}, ${FIELD[field] ?? field.toLowerCase()})`,
      );
    }
  }
  const theirs = evaluate(expressions);
  for (const [i, name] of names.entries()) t.is(ours[i], theirs[i], name);
});

against('opcodes, flags and argument sizes are those of linux/fuse.h (cc and the header)', (t) => {
  const known = Object.entries(wire.Opcode).filter(([, opcode]) => opcode <= 51);
  const flags = Object.entries(wire.InitFlag);
  const fopens = Object.entries(wire.Fopen).filter(([, bit]) => bit <= 64);
  const fattrs = Object.entries(wire.Fattr);
  const notify = Object.entries(wire.NotifyCode).filter(([, code]) => code <= 6);
  const args = Object.entries(ARGUMENTS);
  const theirs = evaluate([
    ...known.map(([name]) => `FUSE_${name}`),
    ...flags.map(([name]) => `FUSE_${name}`),
    ...fopens.map(([name]) => `FOPEN_${name}`),
    ...fattrs.map(([name]) => `FATTR_${name}`),
    ...notify.map(([name]) => `FUSE_NOTIFY_${name}`),
    ...args.map(([, struct]) => `sizeof(struct ${struct})`),
    'sizeof(struct fuse_kstatfs)',
    'offsetof(struct fuse_kstatfs, namelen)',
    'offsetof(struct fuse_fallocate_in, mode)',
    'FUSE_SECURITY_CTX >> 32',
    'FUSE_HAS_INODE_DAX >> 32',
    'FUSE_HAS_EXPIRE_ONLY >> 32',
    'FUSE_COMPAT_SETXATTR_IN_SIZE',
  ]);
  const ours = [
    ...[...known, ...flags, ...fopens, ...fattrs, ...notify].map(([, value]) => value),
    ...args.map(([name]) => wire.ARGUMENT_SIZE[wire.Opcode[name as keyof typeof wire.Opcode]]),
    wire.StatfsOut.SIZE,
    wire.StatfsOut.NAMELEN,
    wire.FallocateIn.MODE,
    wire.InitFlag2.SECURITY_CTX,
    wire.InitFlag2.HAS_INODE_DAX,
    wire.InitFlag2.HAS_EXPIRE_ONLY,
    wire.ARGUMENT_SIZE[wire.Opcode.SETXATTR],
  ];
  t.deepEqual(ours, theirs);
});

test('what is newer than the header has the numbers of Linux 6.18', (t) => {
  t.is(wire.Opcode.STATX, 52);
  t.is(wire.NotifyCode.RESEND, 7);
  t.is(wire.InitFlag2.DIRECT_IO_ALLOW_MMAP, 1 << (36 - 32));
  t.is(wire.InitFlag2.HAS_RESEND, 1 << (39 - 32));
  t.is(wire.InitFlag2.OVER_IO_URING, 1 << (41 - 32));
  t.is(wire.InitOut.MAX_STACK_DEPTH, 36);
  t.is(wire.InitOut.REQUEST_TIMEOUT, 40);
  t.like(wire.UringReqHeader, { SIZE: 288, OP_IN: 128, COMMIT_ID: 264, PAYLOAD_SZ: 272 });
  t.like(wire.UringCmdReq, { COMMIT_ID: 8, QID: 16 });
  t.is(wire.FUSE_DEV_IOC_CLONE, ((2 << 30) | (4 << 16) | (229 << 8)) >>> 0);
});

test('an opcode without a struct of its own has its names right behind the header', (t) => {
  for (const name of WITHOUT_ARGUMENTS) {
    t.is(wire.ARGUMENT_SIZE[wire.Opcode[name as keyof typeof wire.Opcode]], 0, name);
  }
});
