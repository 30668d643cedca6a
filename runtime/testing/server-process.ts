/** Runs a server as a child process of a test: on a free loopback port, with its data in a temporary folder, until the test ends. */
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
  /** Holds the server's files until it stops. */
  readonly folder: string;
  /** Ends the server as a power cut would (SIGKILL). The data stays. */
  kill(): Promise<void>;
  /** Starts the server again on the same port and data. Kills it first when it still runs. */
  restart(): Promise<void>;
  /** Freezes the server (SIGSTOP), as a machine that hangs, until {@link resume}. */
  pause(): void;
  resume(): void;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

export interface ServerProcessOptions {
  readonly name: string;
  readonly command: string;
  /** Writes the server's files into `folder` and gives the arguments of the command. */
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
    folder,
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
