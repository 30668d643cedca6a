/** A server as a child process of a test: on a free loopback port, with its data in a temporary folder, gone when the test is. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

const STOP_MS_MAX = 5_000;
/** kube-apiserver takes seconds on a busy machine. */
const START_MS_MAX = 60_000;

export interface ServerProcess {
  readonly port: number;
  /** Ends it as a power cut would (SIGKILL); the data stays. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data, after {@link kill} or alive (then killed first). */
  restart(): Promise<void>;
  /** Freezes it (SIGSTOP), as a machine that hangs; {@link resume} thaws it. */
  pause(): void;
  resume(): void;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export interface ServerProcessOptions {
  readonly name: string;
  readonly command: string;
  /** Writes what it needs into `folder` and gives the arguments. */
  readonly configure: (port: number, folder: string) => readonly string[];
}

export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), `flotilla-${options.name}-`));
  const port = await freePort();
  const args = options.configure(port, folder);
  const logPath = join(folder, 'server.log');
  writeFileSync(logPath, '');
  let child: ChildProcess | undefined;
  const killNow = () => child?.kill('SIGKILL');
  process.once('exit', killNow);

  const start = async () => {
    const log = openSync(logPath, 'a');
    const started = spawn(options.command, [...args], { stdio: ['ignore', log, log], cwd: folder });
    closeSync(log);
    child = started;
    const hasEnded = (): boolean => started.exitCode !== null || started.signalCode !== null;
    await eventually(`${options.name} listens on ${port}`, async () => hasEnded() || (await canConnect(port)), START_MS_MAX);
    if (hasEnded())
      throw new Error(
        `${options.name} ended with ${started.exitCode ?? started.signalCode}: ${readFileSync(logPath, 'utf8').slice(-2_000)}`,
      );
  };
  const end = async (signal: NodeJS.Signals) => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, 'exit');
    ending.kill(signal);
    ending.kill('SIGCONT');
    const timer = setTimeout(() => ending.kill('SIGKILL'), STOP_MS_MAX);
    await exited;
    clearTimeout(timer);
  };

  await start();
  return {
    port,
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGKILL');
      await start();
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    async stop() {
      await end('SIGTERM');
      process.off('exit', killNow);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const settle = (ok: boolean) => {
      socket.destroy();
      resolve(ok);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
