/** An agent as a child process of a test, with the settings that the operator would give it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { INSTRUMENT_CATALOGUE } from '@flotilla/contracts';
import { freePort } from '@flotilla/runtime/testing/free-port.ts';
import type { NatsServer } from '@flotilla/runtime/testing/nats-server.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface AgentProcessOptions {
  /** Absent: no server answers. */
  readonly nats?: Pick<NatsServer, 'url' | 'folder' | 'identity'>;
  readonly strategy: string;
  readonly agent: string;
  readonly parameters: object;
  /** 32 bytes. */
  readonly agentKey: Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface AgentProcess {
  readonly port: number;
  /** Standard output and error so far. */
  output(): string;
  /** Resolves with the exit code, or the name of the signal. */
  readonly exited: Promise<number | string>;
  kill(signal: NodeJS.Signals): Promise<number | string>;
}

export async function startAgentProcess(options: AgentProcessOptions): Promise<AgentProcess> {
  const port = await freePort();
  const principal = { role: 'SignalAgent', portfolio: 'main', strategy: options.strategy } as const;
  const login = options.nats && { NATS_CREDS_FILE: await options.nats.identity.credsFile(principal, options.nats.folder) };
  const bitcoin = INSTRUMENT_CATALOGUE.filter((known) => known.symbol === 'BTC-USD');
  const child: ChildProcess = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      NATS_URL: options.nats?.url ?? 'nats://127.0.0.1:1',
      ...login,
      PORT: String(port),
      FLOTILLA_PORTFOLIO: 'main',
      FLOTILLA_STRATEGY: options.strategy,
      FLOTILLA_AGENT: options.agent,
      FLOTILLA_PARAMETERS: JSON.stringify(options.parameters),
      FLOTILLA_INSTRUMENTS: JSON.stringify(bitcoin),
      FLOTILLA_AGENT_KEY: Buffer.from(options.agentKey).toString('base64'),
      ...options.environment,
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
  return {
    port,
    output: () => output,
    exited,
    kill(signal) {
      child.kill(signal);
      return exited;
    },
  };
}
