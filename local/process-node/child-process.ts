/** Starts the process of a container, and watches one that an earlier process node started. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { isAlive, processIdentity, type ProcessIdentity } from '../processes/process-identity.ts';
import type { Launch } from './container-launch.ts';
import type { Exit } from './container-transitions.ts';
import { ContainerBlocked } from './object-source.ts';

const ADOPTED_EVERY_MS = 250;

/**
 * Starts a container's process as the leader of a group of its own; its output goes straight to the log file, so it outlives this process.
 * When it ends, so does what it left behind.
 *
 * @throws ContainerBlocked when it cannot be started.
 */
export function launchChild(launch: Launch, logFile: string, onExit: (exit: Exit) => void): ProcessIdentity {
  if (!existsSync(launch.cwd)) throw new ContainerBlocked('CreateContainerError', `workingDir ${launch.cwd} does not exist`);
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawn(launch.command, launch.args, { cwd: launch.cwd, env: launch.env, detached: true, stdio: ['ignore', log, log] });
    child.on('error', () => undefined); // Without a pid, which is told below.
    const { pid } = child;
    if (pid === undefined)
      throw new ContainerBlocked('CreateContainerError', `cannot start ${launch.command}: is it there, and executable?`);
    child.on('exit', (code, signal) => {
      endGroup(pid);
      onExit({ code: code ?? undefined, signal: signal === null ? undefined : constants.signals[signal] });
    });
    // A process that ended already is a zombie until its exit is told: good enough an identity.
    return processIdentity(pid) ?? { pid, startTicks: '0', bootId: '' };
  } finally {
    closeSync(log);
  }
}

/** Watches a process that another process node started. The result ends the watch. */
export function adoptChild(process: ProcessIdentity, clock: Pick<Clock, 'after'>, onExit: (exit: Exit) => void): () => void {
  let cancel: () => void = () => undefined;
  const look = (): void => {
    if (isAlive(process)) cancel = clock.after(ADOPTED_EVERY_MS, look);
    else onExit({ code: undefined, signal: undefined });
  };
  look();
  return () => cancel();
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing was left.
  }
}
