/** Starts a contender as a process on one core, and reads its CPU time and memory from the kernel. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

const CORE = cpus().length - 1;
const CLOCK_TICKS_PER_S = 100;
const LOG_CHARACTERS_MAX = 3_000;

export interface MeasuredProcess {
  readonly pid: number;
  /** Resident memory now, and the most there ever was. */
  rss(): { readonly nowMb: number; readonly peakMb: number };
  cpuSeconds(): number;
  /** Established TCP connections to a port of this machine. */
  sockets(port: number): number;
  isRunning(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** The end of its output. */
  log(): string;
  /** SIGTERM, then SIGKILL. */
  stop(): Promise<void>;
}

/** Whether contenders can be held to one core here. */
export function canPin(): boolean {
  return spawnSync('taskset', ['-c', String(CORE), 'true']).status === 0;
}

/** CPU time that a process has used since its start, in user and in kernel mode. */
export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_S;
}

export function startMeasured(command: string, args: readonly string[], env: Readonly<Record<string, string>>): MeasuredProcess {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-bench-'));
  const logPath = join(folder, 'log');
  const log = openSync(logPath, 'a');
  const whole = canPin() ? ['taskset', '-c', String(CORE), command, ...args] : [command, ...args];
  // taskset executes the command in its own place, so the pid is the contender's.
  const child: ChildProcess = spawn(whole[0] ?? command, whole.slice(1), { env: { ...env }, stdio: ['ignore', log, log] });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) throw new Error(`expected ${command} to start`);
  const killNow = () => child.kill('SIGKILL');
  process.once('exit', killNow);
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    isRunning,
    rss() {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const mb = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1_024;
      return { nowMb: mb('VmRSS'), peakMb: mb('VmHWM') };
    },
    cpuSeconds: () => cpuSecondsOf(pid),
    sockets: (port) => socketsTo(pid, port),
    signal: (signal) => void child.kill(signal),
    log: () => readFileSync(logPath, 'utf8').slice(-LOG_CHARACTERS_MAX),
    async stop() {
      if (isRunning()) {
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        const timer = setTimeout(killNow, 10_000);
        await exited;
        clearTimeout(timer);
      }
      process.off('exit', killNow);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function socketsTo(pid: number, port: number): number {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set(
    ['tcp', 'tcp6'].flatMap((table) =>
      readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        // Fields: remote address, state (01: established), inode.
        .filter((fields) => fields[2]?.endsWith(`:${wanted}`) === true && fields[3] === '01')
        .map((fields) => `socket:[${fields[9]}]`),
    ),
  );
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => inodes.has(link)).length;
}
