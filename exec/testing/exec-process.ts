/** An exec as a child process of a test, with the settings that the operator would give it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '@flotilla/runtime/testing/free-port.ts';
import type { NatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { PORTFOLIO } from './fixtures.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface ExecProcess {
  readonly port: number;
  /** Standard output and error so far. */
  output(): string;
  /** Resolves with the exit code, or the name of the signal. */
  readonly exited: Promise<number | string>;
  /** Answer of `/ready`: status and body. */
  ready(): Promise<{ readonly status: number; readonly body: string }>;
  metrics(): Promise<string>;
  kill(signal: NodeJS.Signals): Promise<number | string>;
}

export async function startExecProcess(
  nats: Pick<NatsServer, 'url' | 'folder' | 'identity'>,
  environment: Readonly<Record<string, string>> = {},
): Promise<ExecProcess> {
  const port = await freePort();
  const credsFile = await nats.identity.credsFile({ role: 'Exec', portfolio: PORTFOLIO }, nats.folder);
  const child: ChildProcess = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      NATS_URL: nats.url,
      NATS_CREDS_FILE: credsFile,
      PORT: String(port),
      FLOTILLA_PORTFOLIO: PORTFOLIO,
      ...environment,
    },
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const killNow = () => child.kill('SIGKILL');
  process.once('exit', killNow);
  const exited = once(child, 'exit').then(([code, signal]: (number | string | null)[]) => {
    process.off('exit', killNow);
    return code ?? signal ?? 'unknown';
  });
  const get = async (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(2_000) });
  return {
    port,
    output: () => output,
    exited,
    async ready() {
      const response = await get('/ready');
      return { status: response.status, body: await response.text() };
    },
    metrics: async () => (await get('/metrics')).text(),
    kill(signal) {
      child.kill(signal);
      return exited;
    },
  };
}
