/** The watchdog kills its process, so each case is a process of its own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';

const WATCHDOG = join(import.meta.dirname, 'stall-watchdog.ts');

/** Runs `body` with a watchdog; resolves to the signal that ended the process, or its code. */
async function fateOf(body: string): Promise<string | number> {
  const script = `
    const { startStallWatchdog } = await import(${JSON.stringify(WATCHDOG)});
    const watchdog = startStallWatchdog((error) => { console.error(error); process.exit(3); });
    const blockMs = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    ${body}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal ?? code ?? -1;
}

for (const [reason, body, fate] of [
  ['the event loop is blocked beyond the delay', `watchdog.arm(200); blockMs(60_000);`, 'SIGKILL'],
  ['it is not armed again, although the event loop runs', `watchdog.arm(200); setInterval(() => undefined, 10);`, 'SIGKILL'],
  ['it is armed again in time', `watchdog.arm(1_000); blockMs(300); watchdog.arm(60_000); blockMs(1_500); process.exit(0);`, 0],
  ['it is disarmed before', `watchdog.arm(1_000); watchdog.disarm(); blockMs(1_500); process.exit(0);`, 0],
  ['it was never armed', `blockMs(500); process.exit(0);`, 0],
  ['it is closed: the process may end by itself', `watchdog.arm(60_000); await watchdog.close();`, 0],
] as const) {
  test(`startStallWatchdog: ${fate === 0 ? 'lets the process live' : 'kills the process'}, when ${reason}`, async () => {
    assert.equal(await fateOf(body), fate);
  });
}
