/** Starts, finds and stops the background processes of a local cluster, which outlive the command that started them. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { readIfThere, writePrivateFile } from '../files/write-private-file.ts';
import { isAlive, processIdentity, type ProcessIdentity, signalProcess } from './process-identity.ts';

/** A background process of the cluster, as its file in `.local/processes` says. */
export interface ManagedProcess {
  readonly name: string;
  readonly identity: ProcessIdentity;
  readonly command: readonly string[];
  readonly logFile: string;
  readonly startedAt: string;
}

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly logFile: string;
}

const LOG_BYTES_MAX = 16 * 1024 * 1024;
const GONE_EVERY_MS = 20;

/** Starts a process that outlives this one, leader of a group of its own, and records it. */
export function startProcess(processesDir: string, spec: ProcessSpec, clock: Pick<Clock, 'nowMs'>): ManagedProcess {
  mkdirSync(dirname(spec.logFile), { recursive: true, mode: 0o700 });
  keepOldLog(spec.logFile);
  const log = openSync(spec.logFile, 'a', 0o600);
  try {
    const child = spawn(spec.command, spec.args, { detached: true, stdio: ['ignore', log, log], env: spec.env, cwd: spec.cwd });
    child.on('error', () => undefined); // The missing pid below says the same, in time.
    const identity = child.pid === undefined ? undefined : processIdentity(child.pid);
    child.unref();
    if (identity === undefined) {
      throw new FlotillaError('TOOL_MISSING', `${spec.name}: ${spec.command} did not start; see ${spec.logFile}`);
    }
    const managed: ManagedProcess = {
      name: spec.name,
      identity,
      command: [spec.command, ...spec.args],
      logFile: spec.logFile,
      startedAt: formatTime(clock.nowMs()),
    };
    writePrivateFile(join(processesDir, `${spec.name}.json`), `${JSON.stringify(managed, undefined, 1)}\n`);
    return managed;
  } finally {
    closeSync(log);
  }
}

export function findProcess(processesDir: string, name: string): ManagedProcess | undefined {
  const text = readIfThere(join(processesDir, `${name}.json`));
  return text === undefined ? undefined : (JSON.parse(text) as ManagedProcess);
}

/** The record, when the process runs. */
export function findRunning(processesDir: string, name: string): ManagedProcess | undefined {
  const managed = findProcess(processesDir, name);
  return managed !== undefined && isAlive(managed.identity) ? managed : undefined;
}

export function listProcesses(processesDir: string): readonly ManagedProcess[] {
  let files: readonly string[];
  try {
    files = readdirSync(processesDir);
  } catch {
    return [];
  }
  return files.filter((file) => file.endsWith('.json')).flatMap((file) => findProcess(processesDir, file.slice(0, -'.json'.length)) ?? []);
}

/** SIGTERM, and after `graceMs` SIGKILL to the whole group; forgets the record. True when something was stopped. */
export async function stopProcess(processesDir: string, name: string, graceMs: number, clock: Clock): Promise<boolean> {
  const managed = findProcess(processesDir, name);
  if (managed === undefined) return false;
  const stopped = await endProcess(managed.identity, graceMs, clock);
  rmSync(join(processesDir, `${name}.json`), { force: true });
  return stopped;
}

/** False when it was not running. */
export async function endProcess(identity: ProcessIdentity, graceMs: number, clock: Clock): Promise<boolean> {
  if (!signalProcess(identity, 'SIGTERM', 'group')) return false;
  const killAtMs = clock.monotonicMs() + graceMs;
  while (isAlive(identity)) {
    if (clock.monotonicMs() >= killAtMs) signalProcess(identity, 'SIGKILL', 'group');
    await clock.sleep(GONE_EVERY_MS);
  }
  return true;
}

function keepOldLog(logFile: string): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES_MAX) renameSync(logFile, `${logFile}.1`);
}
