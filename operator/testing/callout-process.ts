/** Starts the callout as a process, for tests in which pods and people enter the bus as in production. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { freePort } from '@flotilla/runtime/testing/free-port.ts';
import type { NatsServer } from '@flotilla/runtime/testing/nats-server.ts';

/** Resolves when the callout is ready. @param folder for the file with its keys */
export async function startCallout({ url, identity }: Pick<NatsServer, 'url' | 'identity'>, folder: string): Promise<ChildProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(import.meta.dirname, '../callout/main.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      NATS_URL: url,
      FLOTILLA_BUS_IDENTITY_FILE: identity.calloutFile(folder),
      LOG_LEVEL: process.env['FLOTILLA_TEST_LOG'] ?? 'fatal',
      HOST: '127.0.0.1',
      PORT: String(port),
    },
  });
  await eventually('the callout is ready', async () => (await fetch(`http://127.0.0.1:${port}/ready`)).status === 200);
  return child;
}
