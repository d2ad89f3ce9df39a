/** What a scenario says and how it ends: the machine's console and its exit code. */
const started = Date.now();
let failures = 0;

/** Runs a scenario to its end; the process ends with it, whatever is still running. */
export async function scenario(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    failures++;
    say(messageOf(error));
  }
  say(failures === 0 ? 'passed' : 'FAILED');
  process.exit(failures === 0 ? 0 : 1);
}

/** A part of it. When it fails, the scenario ends. */
export async function step(title: string, body: () => Promise<void> | void): Promise<void> {
  try {
    await body();
  } catch (error) {
    say(`not ok - ${title}`);
    throw error;
  }
  say(`ok - ${title}`);
}

/** A part that the following ones do not depend on: they run even when it fails. */
export async function check(title: string, body: () => Promise<void> | void): Promise<void> {
  try {
    await step(title, body);
  } catch (error) {
    failures++;
    say(messageOf(error));
  }
}

export function say(text: string): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(6);
  process.stdout.write(`${seconds} ${text.replaceAll('\n', '\n       ')}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
