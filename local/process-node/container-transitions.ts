/** Gives the record of a container after an event: a start, an exit, a stop. Pure. */
import { containerId, type ContainerRecord, type Running, type Terminated } from './container-record.ts';
import type { ProcessIdentity } from '../processes/process-identity.ts';
import { countCrashes, restartDelayMs } from './restart-backoff.ts';

export function afterStart(
  record: ContainerRecord,
  process: ProcessIdentity,
  nowMs: number,
  container: { readonly hasStartupProbe: boolean; readonly hasReadinessProbe: boolean; readonly logFile: string },
): ContainerRecord {
  const started = !container.hasStartupProbe;
  return {
    ...record,
    state: { type: 'running', process, startedAtMs: nowMs },
    restartCount: record.lastTermination === undefined ? 0 : record.restartCount + 1,
    started,
    ready: started && !container.hasReadinessProbe,
    logFile: container.logFile,
  };
}

/** The container could not be started. The process node tries again after `delayMs`. */
export function afterBlocked(record: ContainerRecord, reason: string, message: string, nowMs: number, delayMs: number): ContainerRecord {
  return { ...record, state: { type: 'waiting', reason, message, untilMs: nowMs + delayMs }, started: false, ready: false };
}

export function afterStopRequest(record: ContainerRecord, reason: string, killAtMs: number): ContainerRecord {
  if (record.state.type !== 'running') return record;
  return { ...record, state: { ...record.state, stop: { reason, killAtMs, killed: false } }, ready: false };
}

export function afterKill(record: ContainerRecord): ContainerRecord {
  if (record.state.type !== 'running' || record.state.stop === undefined) return record;
  return { ...record, state: { ...record.state, stop: { ...record.state.stop, killed: true } } };
}

export interface Exit {
  /** Undefined when no process node saw the end: the process was the child of an earlier process node. */
  readonly code: number | undefined;
  readonly signal: number | undefined;
}

const SIGNAL_CODE_BASE = 128;
const SIGKILL = 9;

export function afterExit(record: ContainerRecord, exit: Exit, nowMs: number, runsAgain: boolean): ContainerRecord {
  if (record.state.type !== 'running') return record;
  const termination = terminationOf(record.state, exit, nowMs);
  // No process node ran, as after `make down`, so the container did not crash.
  const unseen = exit.code === undefined && exit.signal === undefined;
  const crashes = unseen ? 0 : countCrashes(record.crashes, nowMs - record.state.startedAtMs);
  const delayMs = unseen ? 0 : restartDelayMs(crashes);
  const message = `back-off ${delayMs / 1_000}s restarting failed container=${record.name}`;
  return {
    ...record,
    crashes,
    lastTermination: termination,
    state: runsAgain ? { type: 'waiting', reason: 'CrashLoopBackOff', message, untilMs: nowMs + delayMs } : termination,
    started: false,
    ready: false,
  };
}

function terminationOf(state: Running, exit: Exit, nowMs: number): Terminated {
  const times = { startedAtMs: state.startedAtMs, finishedAtMs: nowMs, containerId: containerId(state.process) };
  if (exit.signal !== undefined) {
    return {
      type: 'terminated',
      exitCode: SIGNAL_CODE_BASE + exit.signal,
      signal: exit.signal,
      reason: state.stop?.reason ?? 'Error',
      ...times,
    };
  }
  if (exit.code === undefined) {
    const message = 'the container ended while no process node watched';
    return { type: 'terminated', exitCode: SIGNAL_CODE_BASE + SIGKILL, reason: 'ContainerStatusUnknown', message, ...times };
  }
  return { type: 'terminated', exitCode: exit.code, reason: exit.code === 0 ? 'Completed' : 'Error', ...times };
}
