/** Reconciles one Strategy: agent, finalizer, consumer, status, and the deletion. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { StrategySpec, StrategyStatus } from '@flotilla/contracts/resources/strategy.ts';
import { type CompiledRole, compileRole } from '@flotilla/contracts/access/compile-role.ts';
import type { LeakStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import { type Executor, finalizerIntent } from '@flotilla/kube/mod.ts';
import { busProblemOf } from '../fleet/bus-problem.ts';
import type { AgentSpec } from '../fleet/agent-spec.ts';
import type { ResolvedStrategy } from '../fleet/resolve-strategy.ts';
import { agentDeploymentName } from '../fleet/workload-names.ts';
import { BUS_FINALIZER, KINDS } from '../kinds.ts';
import { type Attempt, attempt } from '../status/attempt.ts';
import type { Pending } from '../status/pending.ts';
import { statusIntents } from '../status/status-intents.ts';
import { type DeploymentObject, deploymentState } from '../workload/deployment-state.ts';
import type { World } from '../world.ts';
import { missingSourceOf } from './gather.ts';
import { AGENT_KEY_BYTES, agentKeyNameOf, makeKeyEvent, mountsOwnKey } from './agent-key.ts';
import { agentToRun, planAgentKey, planStrategy, type StrategySnapshot } from './plan.ts';
import { strategyStatus } from './status.ts';
import { tellPause, tellResume } from './tell-leak.ts';
import { gatherLeaving, takeDown } from './take-down.ts';

/** While the Strategy is not Ready, for a step that no change announces. */
const UNSETTLED_REQUEUE_MS = 5_000;

type Outcome = { readonly requeueAfterMs?: number } | undefined;

export interface StrategyWorker {
  readonly world: World;
  readonly executor: Executor;
  readonly pending: Pending;
}

export async function reconcileStrategy(worker: StrategyWorker, snapshot: StrategySnapshot, signal: AbortSignal): Promise<Outcome> {
  const { world, executor, pending } = worker;
  const { bus, board, watches, settings, clock, rng } = world;
  const { strategy, resolved } = snapshot;
  const { portfolio, name } = namesOf(strategy);
  const agent = { role: 'SignalAgent', portfolio, strategy: name } as const;
  const leaving = strategy.metadata.deletionTimestamp !== undefined;
  // The audit log has it before anything is loosened.
  if (snapshot.resume !== undefined) await tellResume(world, executor, { strategy, portfolio, resume: snapshot.resume }, signal);
  // Starting or stopping an agent waits for nothing, not even for the bus.
  const key = await executor.execute(
    planAgentKey(snapshot, () => rng.bytes(AGENT_KEY_BYTES)),
    { signal },
  );
  if (key.written > 0 && mountsOwnKey(strategy, snapshot.deployment)) {
    await executor.execute([makeKeyEvent(strategy, agentKeyNameOf(strategy, snapshot.deployment))], { signal });
  }
  await executor.execute(planStrategy(snapshot, settings), { signal });
  const deployment = (): DeploymentObject | undefined => watches.deployments.get(`${settings.namespace}/${agentDeploymentName(name)}`);
  // When many are new, every agent comes before the remaining steps of any strategy.
  if (snapshot.deployment === undefined && deployment() !== undefined) return { requeueAfterMs: 0 };
  // From here on exec may hear of the strategy: the Portfolio tells exec of no strategy without the finalizer.
  if (!leaving) await executor.execute([finalizerIntent(KINDS.strategy, strategy, BUS_FINALIZER, true)], { signal });
  const written = leaving ? DONE : await attempt(() => ensureConsumer(world, snapshot, portfolio));
  const observation = {
    ...snapshot,
    busProblem: busProblemOf(bus, written),
    missingSource: missingSourceOf(snapshot, watches),
    agentReport: board.agent(portfolio, name),
    exec: board.exec(portfolio),
    proof: world.permissions.proof(agent),
    revocation: world.permissions.revocation(agent),
    // Read after the writes above, which the cache already shows.
    state: deploymentState(deployment()),
    leaving: leaving ? await gatherLeaving(world, strategy, portfolio, signal) : undefined,
  };
  const status = strategyStatus(observation, clock.nowMs());
  const pendingMs = isOnItsWay(status) ? pending.leftMs(strategy) : 0;
  if (pendingMs > 0 && written.ok) return { requeueAfterMs: pendingMs };
  await executor.execute(statusIntents(KINDS.strategy, strategy, status), { signal });
  if (status.leak !== undefined && isNewLeak(strategy, status.leak))
    await tellPause(world, executor, { strategy, portfolio, leak: status.leak }, signal);
  if (!written.ok) throw written.error;
  if (observation.leaving !== undefined) return takeDown(world, executor, strategy, observation.leaving, signal);
  return status.conditions?.[0]?.status === 'True' || !resolved.ok ? {} : { requeueAfterMs: UNSETTLED_REQUEUE_MS };
}

function isNewLeak({ status }: ResourceObject, { foundAt }: LeakStatus): boolean {
  return (status as StrategyStatus | undefined)?.leak?.foundAt !== foundAt;
}

const DONE: Attempt<void> = { ok: true, value: undefined };

async function ensureConsumer({ bus }: World, snapshot: StrategySnapshot, portfolio: string): Promise<void> {
  const { resolved, agent } = snapshot;
  if (!resolved.ok || agent === undefined) return;
  const { consumer } = compileAgent(resolved, portfolio, agentToRun({ ...snapshot, agent }).spec).bus;
  // Of an old revision the role may leave nothing. The role allows every instrument of the next one.
  const toEnsure = consumer ?? compileAgent(resolved, portfolio, agent.wanted).bus.consumer;
  if (toEnsure !== undefined) await bus.ensureConsumer(toEnsure);
}

function compileAgent({ role, name: strategy }: ResolvedStrategy, portfolio: string, { instruments }: AgentSpec): CompiledRole {
  return compileRole(
    role,
    { role: 'SignalAgent', portfolio, strategy },
    instruments.map(({ symbol }) => symbol),
  );
}

function isOnItsWay({ conditions = [] }: StrategyStatus): boolean {
  return conditions.some(({ type, status }) => type === 'Reconciling' && status === 'True');
}

/** Names that the operator needs even when it cannot read the spec. */
function namesOf(strategy: ResourceObject): { readonly portfolio: string; readonly name: string } {
  const spec = strategy.spec as Partial<StrategySpec> | undefined;
  return { portfolio: spec?.portfolioRef?.name ?? '', name: strategy.metadata.name };
}
