/** Identifies a process beyond the reuse of its id, and sends signals to exactly that process. */
import { readFileSync } from 'node:fs';

/** One process for good: a process id alone is given to another process sooner or later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between boot and the start of the process, as /proc says. */
  readonly startTicks: string;
  readonly bootId: string;
}

/** Undefined when no such process runs (a zombie does not). */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  const startTicks = stat === undefined ? undefined : parseStartTicks(stat);
  if (startTicks === undefined) return undefined;
  return { pid, startTicks, bootId: readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? '' };
}

export function isAlive(identity: ProcessIdentity): boolean {
  const current = processIdentity(identity.pid);
  return current !== undefined && current.startTicks === identity.startTicks && current.bootId === identity.bootId;
}

/**
 * Signals the process or its whole group, and only it: nothing when another process has its id by now.
 * A group outlives its leader, so `group` also reaches what the leader left behind as long as the leader is alive.
 */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals, target: 'process' | 'group'): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(target === 'group' ? -identity.pid : identity.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Field 22 of proc_pid_stat(5); undefined for a zombie. The command's name may hold blanks and parentheses. */
export function parseStartTicks(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
