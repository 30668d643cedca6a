/** The real operator as a child process: a test can kill, freeze and start it, as a kubelet would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@flotilla/runtime/testing/free-port.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import type { NatsServer } from '@flotilla/runtime/testing/nats-server.ts';

const root = join(import.meta.dirname, '../../..');
/** The back-off of a kubelet, shortened. */
const RESTART_MS = 50;
const READY_MS_MAX = 30_000;

export interface OperatorProcess {
  readonly name: string;
  readonly pid: number | undefined;
  /** Processes started since the beginning of the plan. */
  readonly starts: number;
  readonly logPath: string;
  start(): void;
  /** Sends SIGKILL; a new process starts by itself. */
  crash(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Resolves when `/ready` answers 200. */
  ready(): Promise<void>;
  /** Resolves when the operator leads. */
  leading(): Promise<void>;
  metrics(): Promise<string>;
  /** Sends SIGKILL and starts no new process. */
  end(): Promise<void>;
  /** Sends SIGTERM and starts no new process. Resolves when the process has ended. */
  terminate(): Promise<void>;
}

export interface OperatorProcessOptions {
  readonly name: string;
  readonly kubeconfigPath: string;
  readonly nats: Pick<NatsServer, 'url' | 'folder' | 'identity'>;
  readonly logPath: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export async function makeOperatorProcess(options: OperatorProcessOptions): Promise<OperatorProcess> {
  const { name, logPath } = options;
  const port = await freePort();
  let child: ChildProcess | undefined;
  let wanted = false;
  let starts = 0;

  const spawnOne = (): void => {
    const log = openSync(logPath, 'a');
    starts += 1;
    const started = spawnOperator(options, port, starts, log);
    closeSync(log);
    child = started;
    started.once('exit', () => {
      if (child !== started) return;
      child = undefined;
      if (wanted)
        setTimeout(() => {
          if (wanted && child === undefined) spawnOne();
        }, RESTART_MS);
    });
  };
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    wanted = false;
    await kill(signal);
    process.off('exit', killOrphan);
  };
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    if (signal === 'SIGKILL') child.kill('SIGCONT');
    await exited;
  };
  const killOrphan = (): void => void child?.kill('SIGKILL');

  return {
    name,
    logPath,
    get pid() {
      return child?.pid;
    },
    get starts() {
      return starts;
    },
    start() {
      writeFileSync(logPath, '');
      process.once('exit', killOrphan);
      wanted = true;
      starts = 0;
      spawnOne();
    },
    crash: () => kill('SIGKILL'),
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async ready() {
      await eventually(
        `${name} is ready on port ${port}; its log ends with ${readFileSync(logPath, 'utf8').slice(-600)}`,
        async () => (await fetch(`http://127.0.0.1:${port}/ready`)).status === 200,
        READY_MS_MAX,
      );
    },
    async leading() {
      await eventually(`${name} leads`, async () => /^leader_election_master_status\{.*\} 1$/m.test(await metricsAt(port)), READY_MS_MAX);
    },
    metrics: () => metricsAt(port),
    end: () => stop('SIGKILL'),
    terminate: () => stop('SIGTERM'),
  };
}

function spawnOperator(options: OperatorProcessOptions, port: number, starts: number, log: number): ChildProcess {
  return spawn(process.execPath, [join(root, 'operator/main.ts')], {
    cwd: root,
    stdio: ['ignore', log, log],
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(root, '.cache/node-compile'),
      KUBECONFIG: options.kubeconfigPath,
      NATS_URL: options.nats.url,
      FLOTILLA_BUS_IDENTITY_FILE: options.nats.identity.operatorFile(options.nats.folder),
      FLOTILLA_NAMESPACE: 'trading',
      FLOTILLA_IMAGE: 'flotilla:test',
      FLOTILLA_NATS_URL: 'nats://10.0.0.1:4222',
      FLOTILLA_REDIS_URL: 'redis://redis:6379',
      FLOTILLA_REVISION: 'test',
      FLOTILLA_LEADER_ELECTION: 'off',
      LOG_LEVEL: 'warn',
      HOST: '127.0.0.1',
      PORT: String(port),
      POD_NAME: `${options.name}-${starts}`,
      ...options.environment,
    },
  });
}

async function metricsAt(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}
