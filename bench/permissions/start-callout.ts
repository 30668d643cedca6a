/** Starts the callout as a process of its own, as a pod runs it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { freePort } from '@flotilla/runtime/testing/free-port.ts';
import type { Installation } from './installation.ts';

const ENTRY = join(import.meta.dirname, '../../operator/callout/main.ts');

/** Resolves when the callout is ready. The result ends it. The installation needs the callout's sentinel. */
export async function startCallout({ server }: Pick<Installation, 'server'>): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-bench-'));
  const port = await freePort();
  const callout = spawn(process.execPath, [ENTRY], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      NATS_URL: server.url,
      FLOTILLA_BUS_IDENTITY_FILE: server.identity.calloutFile(folder),
      LOG_LEVEL: 'error',
      PORT: String(port),
    },
  });
  const stop = (): void => {
    callout.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await eventually('the callout is ready', async () => (await fetch(`http://127.0.0.1:${port}/ready`)).status === 200);
  } catch (error) {
    stop();
    throw error;
  }
  return stop;
}
