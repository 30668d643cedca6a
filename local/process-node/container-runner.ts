/** Runs one container: environment, volume mounts, process and probes. The pod worker owns it. */
import { join } from 'node:path';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { ProcessIdentity } from '../processes/process-identity.ts';
import { adoptChild, launchChild } from './child-process.ts';
import { containerLaunch, type Launch } from './container-launch.ts';
import type { Exit } from './container-transitions.ts';
import { containerEnvironment } from './environment.ts';
import type { PodPlace } from './field-reference.ts';
import type { NodeConfig } from './node-config.ts';
import type { Container, Pod } from './pod-types.ts';
import { containerRoot, mountContainer, type PreparedVolumes } from './pod-volumes.ts';
import { startProber } from './prober.ts';
import type { PathMapping } from './rewrite-paths.ts';
import { runProbe } from './run-probe.ts';

export type ProbeKind = 'startup' | 'readiness' | 'liveness';

export interface RunnerEvents {
  readonly onExit: (exit: Exit) => void;
  readonly onProbe: (kind: ProbeKind, verdict: 'success' | 'failure', problem: string | undefined) => void;
}

/** A running container, in the sense of its process and its probes. */
export interface RunningContainer {
  readonly process: ProcessIdentity;
  /** Starts the probes that wait for the startup probe. */
  begin(): void;
  /** Ends watching and probing, not the process. */
  release(): void;
}

export interface RunnerInput {
  readonly config: NodeConfig;
  readonly clock: Clock;
  readonly pod: Pod;
  readonly container: Container;
  readonly place: PodPlace;
  readonly volumes: PreparedVolumes;
  readonly events: RunnerEvents;
}

export function containerLogFile(config: NodeConfig, pod: Pod, container: string): string {
  return join(config.podLogsDir, `${pod.metadata.namespace}_${pod.metadata.name}_${container}.log`);
}

/** @throws ContainerBlocked */
export function runContainer(input: RunnerInput): RunningContainer {
  const { config, pod, container, events } = input;
  const plan = launchPlan(input);
  const logFile = containerLogFile(config, pod, container.name);
  const process = launchChild(plan.launch, logFile, events.onExit);
  return withProbes(input, plan, process, () => undefined, false);
}

/** Takes over a container that another process node started. */
export function adoptContainer(input: RunnerInput, process: ProcessIdentity, started: boolean): RunningContainer {
  const plan = launchPlan(input);
  return withProbes(input, plan, process, adoptChild(process, input.clock, input.events.onExit), started);
}

interface LaunchPlan {
  readonly launch: Launch;
  readonly mappings: readonly PathMapping[];
}

function launchPlan({ config, pod, container, place, volumes }: RunnerInput): LaunchPlan {
  const mappings = mountContainer(config.podsDir, pod, container, volumes.folders, config.checkoutDir);
  const base = {
    ...config.childEnvironment,
    HOSTNAME: pod.metadata.name,
    KUBERNETES_SERVICE_HOST: place.hostAddress,
    KUBERNETES_SERVICE_PORT: String(config.apiserverPort),
  };
  const environment = containerEnvironment(container, pod, place, volumes.objects, base);
  const defaultDir = containerRoot(config.podsDir, pod, container.name);
  return { launch: containerLaunch({ container, environment, mappings, nodeBinary: config.nodeBinary, defaultDir }), mappings };
}

function withProbes(
  input: RunnerInput,
  plan: LaunchPlan,
  process: ProcessIdentity,
  unwatch: () => void,
  started: boolean,
): RunningContainer {
  const { container, clock, config, place, events } = input;
  const target = { container, address: place.address, launch: plan.launch, mappings: plan.mappings, nodeBinary: config.nodeBinary };
  const stops: (() => void)[] = [unwatch];
  const start = (kind: ProbeKind, probe: Container['livenessProbe']): void => {
    if (probe === undefined) return;
    const run = (timeoutMs: number): Promise<string | undefined> => runProbe(probe, target, timeoutMs);
    const stop = startProber({
      probe,
      clock,
      run,
      onVerdict: (verdict, problem) => {
        if (kind === 'startup') stop();
        events.onProbe(kind, verdict, problem);
      },
    });
    stops.push(stop);
  };
  let begun = false;
  const begin = (): void => {
    if (begun) return;
    begun = true;
    start('readiness', container.readinessProbe);
    start('liveness', container.livenessProbe);
  };
  if (container.startupProbe === undefined || started) begin();
  else start('startup', container.startupProbe);
  return {
    process,
    begin,
    release: () => {
      begun = true;
      for (const stop of stops) stop();
    },
  };
}
