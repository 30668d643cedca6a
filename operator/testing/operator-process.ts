/** Runs the operator as a process that tests stop, kill and freeze. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { freePort } from '@flotilla/runtime/testing/free-port.ts';
import type { NatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { TEST_SETTINGS } from './objects.ts';

const ENTRY = join(import.meta.dirname, '../main.ts');

export interface OperatorProcess {
  /** `POD_NAME`; in the user agent of its requests. */
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Resolves to its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  hasEnded(): boolean;
  /** The answer of `/ready` or `/live`. */
  ask(path: '/ready' | '/live'): Promise<number>;
  /** Whether the process leads, by the metric `leader_election_master_status`. */
  isLeading(): Promise<boolean>;
  log(): string;
}

export interface OperatorProcessOptions {
  readonly name: string;
  readonly kubeconfigPath: string;
  readonly nats: Pick<NatsServer, 'url' | 'identity'>;
  readonly logPath: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Put before the entry point, for example `--import`. */
  readonly nodeArguments?: readonly string[];
}

/** Resolves when the operator is ready. */
export async function startOperatorProcess(options: OperatorProcessOptions): Promise<OperatorProcess> {
  const { name, kubeconfigPath, nats, logPath, environment = {}, nodeArguments = [] } = options;
  const port = await freePort();
  const log = openSync(logPath, 'a');
  const child: ChildProcess = spawn(process.execPath, [...nodeArguments, ENTRY], {
    stdio: ['ignore', log, log],
    env: {
      PATH: process.env['PATH'],
      KUBECONFIG: kubeconfigPath,
      FLOTILLA_NAMESPACE: TEST_SETTINGS.namespace,
      FLOTILLA_NATS_URL: nats.url,
      FLOTILLA_REDIS_URL: TEST_SETTINGS.redisUrl,
      NATS_URL: nats.url,
      FLOTILLA_BUS_IDENTITY_FILE: nats.identity.operatorFile(dirname(logPath)),
      POD_NAME: name,
      HOST: '127.0.0.1',
      PORT: String(port),
      ...environment,
    },
  });
  closeSync(log);
  const killOrphan = (): void => void child.kill('SIGKILL');
  process.once('exit', killOrphan);
  const ended = once(child, 'exit').then(([code, signal]) => {
    process.off('exit', killOrphan);
    return (code ?? signal) as number | NodeJS.Signals;
  });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const url = `http://127.0.0.1:${port}`;
  const operator: OperatorProcess = {
    name,
    port,
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    ended,
    hasEnded,
    ask: async (path) => (await fetch(`${url}${path}`)).status,
    async isLeading() {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      return /^leader_election_master_status\{[^}]*\} 1$/m.test(metrics);
    },
    log: () => readFileSync(logPath, 'utf8'),
  };
  await eventually(
    `${name} is ready`,
    async () => {
      if (hasEnded()) throw new Error(`it ended: ${operator.log().slice(-2_000)}`);
      return (await operator.ask('/ready')) === 200;
    },
    20_000,
  );
  return operator;
}
