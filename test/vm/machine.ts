/**
 * A virtual machine for one command: boots the kernel in QEMU, runs the command as root in the
 * host's file system, which it can read but not change, and hands back its exit code.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start } from '../support/child.js';
import { HOST_TAG, SHARE_TAG } from './initrd.js';
import type { Kernel } from './kernel.js';

export interface MachineOptions {
  readonly kernel: Kernel;
  readonly command: readonly string[];
  /** Where the command starts. */
  readonly cwd: string;
  /** The one directory of the host that the machine can write to, there `/share`. */
  readonly share: string;
  /** What the machine's console shows; overwritten. */
  readonly log: string;
  /** More parameters of the kernel: `nvme_core.multipath=N`. */
  readonly parameters?: readonly string[];
  /** More arguments of QEMU. */
  readonly devices?: readonly string[];
  /** QEMU is killed after this. */
  readonly timeoutMs: number;
}

export interface MachineResult {
  /** The command's; undefined when the machine died or was killed. */
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  readonly elapsedMs: number;
  /** What QEMU itself had to say. */
  readonly complaint: string;
}

const MEMORY_MIB = 2048;
export const CPUS = 2;

export async function runMachine(options: MachineOptions): Promise<MachineResult> {
  const { share } = options;
  const exit = join(share, 'exit');
  mkdirSync(share, { recursive: true });
  rmSync(exit, { force: true });
  const words = options.command.map(quoted).join(' ');
  writeFileSync(join(share, 'command'), `cd ${quoted(options.cwd)} && exec ${words}\n`);
  const qemu = start(['qemu-system-x86_64', ...qemuArguments(options)], {
    timeoutMs: options.timeoutMs,
    dieWithParent: true,
  });
  const finished = await qemu.finished;
  return {
    exitCode: existsSync(exit) ? Number(readFileSync(exit, 'utf8')) : undefined,
    timedOut: finished.timedOut,
    elapsedMs: finished.elapsedMs,
    complaint: finished.stderr.trim(),
  };
}

function qemuArguments(options: MachineOptions): readonly string[] {
  const { kernel, share, log, parameters = [], devices = [] } = options;
  // The guest's clocks and mitigations cost time under emulation and are not what is tested.
  const always = 'console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off nokaslr tsc=reliable';
  const monitor = join(share, 'monitor');
  return [
    // Emulated even where /dev/kvm opens: Debian's kernel hangs on some hosts with nested KVM.
    ...['-machine', 'q35', '-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max'],
    ...['-smp', String(CPUS), '-m', String(MEMORY_MIB)],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-kernel', kernel.vmlinuz, '-initrd', kernel.initrd],
    ...['-append', [always, 'no_timer_check', ...parameters].join(' ')],
    ...['-chardev', `file,id=console,path=${log}`, '-serial', 'chardev:console'],
    ...shared(HOST_TAG, '/', ',readonly=on'),
    ...shared(SHARE_TAG, share, ''),
    // QEMU's monitor is wired to a port of the machine: a scenario pulls its own cables.
    ...['-chardev', `socket,id=monitor,path=${monitor},server=on,wait=off`],
    ...['-mon', 'chardev=monitor,mode=control'],
    ...['-chardev', `socket,id=cable,path=${monitor}`],
    ...['-device', 'virtio-serial-pci', '-device', 'virtserialport,chardev=cable,name=monitor'],
    ...devices,
  ];
}

function shared(tag: string, path: string, more: string): readonly string[] {
  const fsdev = `local,id=${tag},path=${path},security_model=none,multidevs=remap${more}`;
  return ['-fsdev', fsdev, '-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`];
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
