/** Compares the agent that a Strategy asks for with the deployed one, and gives the step between the two. Pure. */
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import type { ExecStatus, StrategyReport } from '@flotilla/contracts/control/exec-status.ts';
import type { Report } from '../provision/status-board.ts';
import { type DeploymentObject, deploymentState } from '../workload/deployment-state.ts';
import type { WorkloadSettings } from '../workload/settings.ts';
import { AGENT_SPEC_ANNOTATION, type AgentSpec, agentSpecOf, deployedSpecOf, revisionOf } from './agent-spec.ts';
import type { ResolvedStrategy } from './resolve-strategy.ts';
import { type RolloutStep, rolloutStep } from './rollout-step.ts';

export interface AgentView {
  readonly wanted: AgentSpec;
  readonly wantedRevision: string;
  /** The revision that the Deployment runs, if it is another one than the wanted. */
  readonly older: { readonly spec: AgentSpec; readonly revision: string } | undefined;
  /** No pod of another revision is left. */
  readonly stopped: boolean;
  /** The strategy in the last report of exec, if the report is recent. */
  readonly report: StrategyReport | undefined;
  /** Configuration that the report is about. */
  readonly reportedConfigHash: string | undefined;
  /** exec reports, and its reports hold no strategies: an exec of an earlier build. */
  readonly execIsSilentOnStrategies: boolean;
}

export function agentViewOf(
  resolved: ResolvedStrategy,
  deployment: DeploymentObject | undefined,
  exec: Report<ExecStatus> | undefined,
  settings: Pick<WorkloadSettings, 'image' | 'revision'>,
): AgentView {
  const { wanted, text, revision: wantedRevision } = wantedOf(resolved, settings);
  const older = deployedText(deployment) === text ? undefined : deployedSpecOf(deployment);
  const { state } = deploymentState(deployment);
  const reported = exec?.fresh === true ? exec.value : undefined;
  return {
    wanted,
    wantedRevision,
    older: older === undefined ? undefined : { spec: older, revision: revisionOf(older) },
    stopped: older === undefined || state === 'Gone',
    report: reported === undefined ? undefined : reportsOf(reported).get(resolved.name),
    reportedConfigHash: reported?.configHash,
    execIsSilentOnStrategies: reported !== undefined && reported.strategies === undefined,
  };
}

interface Wanted {
  readonly settings: Pick<WorkloadSettings, 'image' | 'revision'>;
  readonly wanted: AgentSpec;
  readonly text: string;
  readonly revision: string;
}

/** Computed once for each resolved strategy, because its portfolio asks for all strategies at every visit. */
const remembered = new WeakMap<ResolvedStrategy, Wanted>();

function wantedOf(resolved: ResolvedStrategy, settings: Wanted['settings']): Wanted {
  const held = remembered.get(resolved);
  if (held !== undefined && held.settings === settings) return held;
  const wanted = agentSpecOf(resolved, settings);
  const made = { settings, wanted, text: canonicalJson(wanted), revision: revisionOf(wanted) };
  remembered.set(resolved, made);
  return made;
}

const byName = new WeakMap<ExecStatus, ReadonlyMap<string, StrategyReport>>();

function reportsOf(status: ExecStatus): ReadonlyMap<string, StrategyReport> {
  const held = byName.get(status);
  if (held !== undefined) return held;
  const made = new Map((status.strategies ?? []).map((report) => [report.name, report]));
  byName.set(status, made);
  return made;
}

/** Undefined when the current revision is the wanted one. */
export function rolloutOf(
  { wanted, wantedRevision, older, stopped, report }: AgentView,
  { handover, desiredState }: ResolvedStrategy['spec'],
  current: { readonly revision: string; readonly instruments: readonly string[] },
): RolloutStep | undefined {
  if (current.revision === wantedRevision) return undefined;
  return rolloutStep({
    wanted: wantedRevision,
    instruments: wanted.instruments.map(({ symbol }) => symbol),
    instrumentsBefore: current.instruments,
    handover,
    desiredState,
    stopped,
    agentLost: older?.revision !== current.revision,
    report,
  });
}

/** The current revision: the one that exec has confirmed, or, while exec reports nothing, the deployed one. */
export function confirmedRolloutOf(view: AgentView, spec: ResolvedStrategy['spec']): RolloutStep | undefined {
  const revision = view.report?.revision ?? view.older?.revision;
  if (revision === undefined) return undefined;
  const instruments = view.older?.spec.instruments.map(({ symbol }) => symbol) ?? [];
  const step = rolloutOf(view, spec, { revision, instruments });
  // exec cannot confirm a revision that it does not know.
  return step?.phase === 'Fencing' && view.execIsSilentOnStrategies ? undefined : step;
}

function deployedText(deployment: DeploymentObject | undefined): string | undefined {
  return deployment?.metadata.annotations?.[AGENT_SPEC_ANNOTATION];
}
