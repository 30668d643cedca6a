/** Starts one component of a local cluster and waits until it is ready. */
import { join } from 'node:path';
import type { Component } from './components.ts';
import type { ClusterContext } from '../settings/context.ts';
import { isAlive } from '../processes/process-identity.ts';
import { findRunning, type ManagedProcess, startProcess } from '../processes/process-table.ts';
import { logTail } from '../processes/log-tail.ts';
import { waitUntil } from '../processes/wait-until.ts';

const TAIL_LINES = 5;

/** Starts a component unless it runs. */
export function startComponent(context: ClusterContext, component: Component): ManagedProcess {
  const { folder, settings, clock } = context;
  return (
    findRunning(folder.processesDir, component.name) ??
    startProcess(
      folder.processesDir,
      {
        name: component.name,
        command: component.command,
        args: component.args,
        env: { ...settings.childEnvironment, ...component.env },
        cwd: settings.checkoutDir,
        logFile: join(folder.logsDir, `${component.name}.log`),
      },
      clock,
    )
  );
}

/** @throws FlotillaError with the end of its log when it ends or does not get ready. */
export async function awaitComponent(context: ClusterContext, component: Component, managed: ManagedProcess): Promise<void> {
  await waitUntil({
    clock: context.clock,
    what: component.name,
    timeoutMs: component.timeoutMs,
    problem: component.problem,
    hopeless: () =>
      isAlive(managed.identity) ? undefined : `ended; the end of ${managed.logFile}:\n${logTail(managed.logFile, TAIL_LINES)}`,
  });
}

export async function bringUp(context: ClusterContext, component: Component): Promise<void> {
  await context.step(component.name, () => awaitComponent(context, component, startComponent(context, component)));
}
