/** The daemon's log: JSON lines into a file, readable lines on a terminal. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Logger } from 'pino';

/** Where a daemon in the background logs unless told otherwise. */
export function defaultLogFile(): string {
  return process.getuid?.() === 0
    ? '/var/log/mpathfs.log'
    : join(homedir(), '.local/state/mpathfs.log');
}

/** Written at once: what was logged before a crash is in the file. */
export function fileLog(file: string, debug: boolean): Logger {
  return pino(settings(debug), pino.destination({ dest: file, mkdir: true, sync: true }));
}

/** On stderr: readable lines if that is a terminal, JSON if not. */
export function stderrLog(debug: boolean): Logger {
  if (!process.stderr.isTTY)
    return pino(settings(debug), pino.destination({ dest: 2, sync: true }));
  return pino(settings(debug), {
    write: (line: string) => process.stderr.write(readableLine(line)),
  });
}

/** `12:34:56.789 warn: text key=value` from one of pino's lines. */
export function readableLine(json: string): string {
  const line = JSON.parse(json) as Record<string, unknown>;
  const clock = new Date(Number(line['time'])).toISOString().slice(11, 23);
  const level = pino.levels.labels[Number(line['level'])] ?? 'info';
  const message = typeof line['msg'] === 'string' ? line['msg'] : '';
  const fields = Object.entries(line)
    .filter(([key]) => !['time', 'level', 'msg', 'pid', 'hostname'].includes(key))
    .map(([key, value]) => ` ${key}=${fieldText(value)}`);
  return `${clock} ${level}: ${message}${fields.join('')}\n`;
}

function fieldText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  // An error, as pino writes one.
  return 'message' in value && typeof value.message === 'string'
    ? value.message
    : JSON.stringify(value);
}

function settings(debug: boolean) {
  return { level: debug ? 'debug' : 'info', base: { pid: process.pid } };
}
