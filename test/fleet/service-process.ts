/** One service of the fleet as a child process that can be killed and started again, as Kubernetes would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';

const root = join(import.meta.dirname, '../..');
const READY_MS_MAX = 20_000;
const STOP_MS_MAX = 10_000;

export interface ServiceProcess {
  readonly name: string;
  readonly port: number;
  readonly logPath: string;
  /** Whether the process has ended. */
  hasEnded(): boolean;
  /** SIGKILL, then a new process at once. Resolves when the new one runs, not when it is ready. */
  killAndRestart(): Promise<void>;
  /** Resolves when `/health` answers 200. */
  ready(): Promise<void>;
  /** The process's Prometheus metrics. */
  metrics(): Promise<string>;
  /** SIGTERM, and SIGKILL after a grace. */
  stop(): Promise<void>;
}

export interface ServiceProcessOptions {
  readonly name: string;
  /** Relative to the root, for example `exec/main.ts`. */
  readonly entry: string;
  readonly port: number;
  /** Port of health and metrics, where it is not `port`. */
  readonly healthPort?: number;
  readonly logPath: string;
  readonly environment: Readonly<Record<string, string>>;
}

export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
  const { name, port, healthPort = port, logPath } = options;
  let starts = 0;
  let child = start();

  function start(): ChildProcess {
    const log = openSync(logPath, 'a');
    starts += 1;
    const started = spawn(process.execPath, [join(root, options.entry)], {
      cwd: root,
      stdio: ['ignore', log, log],
      env: {
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        HOST: '127.0.0.1',
        PORT: String(port),
        HEALTH_PORT: String(healthPort),
        POD_NAME: `${name}-${starts}`,
        ...options.environment,
      },
    });
    closeSync(log);
    return started;
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await exited;
    clearTimeout(timer);
  }

  const killOrphan = (): void => void child.kill('SIGKILL');
  process.once('exit', killOrphan);
  return {
    name,
    port,
    logPath,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async killAndRestart() {
      await end('SIGKILL');
      child = start();
      await once(child, 'spawn');
    },
    async ready() {
      await eventually(
        `${name} is healthy on port ${healthPort}; its log ends with ${readFileSync(logPath, 'utf8').slice(-600)}`,
        async () => (await fetch(`http://127.0.0.1:${healthPort}/health`)).status === 200,
        READY_MS_MAX,
      );
    },
    async metrics() {
      return (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
    },
    async stop() {
      process.off('exit', killOrphan);
      await end('SIGTERM');
    },
  };
}
