/** Who uses a mount, as far as it shows in /proc and /sys without touching the mount. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

const MAX_USERS = 8;

/** `fio (pid 123)`, `/dev/loop0` and so on; at most a few, and never this process. */
export function usersOf(mountpoint: string): string[] {
  const inside = (path: string | undefined) =>
    path !== undefined && (path === mountpoint || path.startsWith(`${mountpoint}/`));
  return [...processes(inside), ...loopDevices(inside)].slice(0, MAX_USERS);
}

type Inside = (path: string | undefined) => boolean;

function processes(inside: Inside): string[] {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      const links = ['cwd', 'root', 'exe', ...list(`/proc/${pid}/fd`).map((fd) => `fd/${fd}`)];
      return links.some((link) => inside(attempt(() => readlinkSync(`/proc/${pid}/${link}`))));
    })
    .map((pid) => {
      const name = attempt(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
      return `${name ?? 'a process'} (pid ${pid})`;
    });
}

function loopDevices(inside: Inside): string[] {
  return list('/sys/block')
    .filter((name) =>
      inside(attempt(() => readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8').trim())),
    )
    .map((name) => `/dev/${name}`);
}

function list(directory: string): string[] {
  return attempt(() => readdirSync(directory)) ?? [];
}

/** Processes come and go while we look, and others' are not ours to see. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
