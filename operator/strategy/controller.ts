/** Strategy → consumer, agent key, agent. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { StrategySpec, StrategyStatus } from '@flotilla/contracts/resources/strategy.ts';
import { agentConsumer } from '@flotilla/contracts/streams.ts';
import {
  type Controller,
  finalizerIntent,
  isNews,
  makeSource,
  type ObjectChange,
  objectKey,
  ownerKeys,
  specChanged,
  startController,
} from '@flotilla/kube/mod.ts';
import { BUS_FINALIZER, KINDS } from '../kinds.ts';
import { attempt } from '../status/attempt.ts';
import { makePending } from '../status/pending.ts';
import { statusIntents } from '../status/status-intents.ts';
import { reportingRefusals } from '../status/refusal.ts';
import { isServed } from '../status/served.ts';
import type { World } from '../world.ts';
import { type DeploymentObject, deploymentState } from '../workload/deployment-state.ts';
import { busProblemOf } from '../fleet/bus-problem.ts';
import { gatherStrategy, missingSourceOf } from './gather.ts';
import { AGENT_KEY_BYTES, agentToRun, planStrategy, type StrategySnapshot } from './plan.ts';
import { strategyStatus } from './status.ts';
import { gatherLeaving, takeDown } from './take-down.ts';
import { portfoliosInScope } from '../fleet/portfolios-in-scope.ts';
import { agentDeploymentName } from '../fleet/workload-names.ts';

/** While something is on its way that nobody tells about. */
const UNSETTLED_REQUEUE_MS = 5_000;
/** A new strategy that is about to be Ready says that, and nothing before. */
const PENDING_MS_MAX = 2_000;

export function startStrategyController(world: World): Controller {
  const { watches, bus, board, settings, clock, rng, logger, metrics, trace } = world;
  const executor = world.executorOf('strategy');
  const keysOf = (index: 'portfolio' | 'policy', value: string): readonly string[] =>
    watches.strategies.byIndex(index, value).map(({ metadata }) => objectKey(metadata));
  const keysOfPolicy = (policyKey: string): readonly string[] => [
    ...keysOf('policy', policyKey),
    ...watches.portfolios.byIndex('policy', policyKey).flatMap(({ metadata }) => keysOf('portfolio', objectKey(metadata))),
  ];
  const keysOfSource = ({ metadata }: ResourceObject): readonly string[] =>
    watches.strategies.byIndex('source', objectKey(metadata)).map((strategy) => objectKey(strategy.metadata));
  const owned = ownerKeys(KINDS.strategy);
  const pending = makePending(clock, PENDING_MS_MAX);

  const controller = startController({
    name: 'strategy',
    sources: [
      makeSource(watches.strategies, ({ metadata }) => [objectKey(metadata)], { concerns: isNews }),
      makeSource(watches.portfolios, ({ metadata }) => keysOf('portfolio', objectKey(metadata)), { concerns: specChanged }),
      makeSource(watches.riskPolicies, ({ metadata }) => keysOfPolicy(objectKey(metadata)), { concerns: specChanged }),
      makeSource(watches.killSwitches, (object) => portfoliosInScope(object, world).flatMap((key) => keysOf('portfolio', key)), {
        priority: () => 'kill',
      }),
      makeSource(watches.signalSources, keysOfSource, { concerns: ({ type }) => type !== 'modified' }),
      // How pods do waits behind what people ask for.
      ...[watches.deployments, watches.serviceAccounts, watches.networkPolicies, watches.secrets].map((reflector) =>
        makeSource(reflector, owned, { concerns: isNews, priority: (change) => (isEdit(change) ? 'spec' : 'resync') }),
      ),
    ],
    reconcile: reportingRefusals(
      { resource: KINDS.strategy, find: (key) => watches.strategies.get(key), executor, clock },
      async (key, { signal }) => {
        const strategy = watches.strategies.get(key);
        if (strategy === undefined) return undefined;
        await world.settled;
        if (!isServed(strategy, settings)) return undefined;
        return reconcile(gatherStrategy(strategy, world), signal);
      },
    ),
    clock,
    rng,
    logger,
    metrics,
    trace,
  });

  const reconcile = async (snapshot: StrategySnapshot, signal: AbortSignal): Promise<{ readonly requeueAfterMs?: number } | undefined> => {
    const { strategy, resolved, agent } = snapshot;
    const { portfolio, name } = namesOf(strategy);
    const leaving = strategy.metadata.deletionTimestamp !== undefined;
    // Starting or stopping an agent waits for nothing, not even for the bus.
    await executor.execute(
      planStrategy(snapshot, settings, () => rng.bytes(AGENT_KEY_BYTES)),
      { signal },
    );
    const deployment = (): DeploymentObject | undefined => watches.deployments.get(`${settings.namespace}/${agentDeploymentName(name)}`);
    // When many are new, every agent comes before the rest of any.
    if (snapshot.deployment === undefined && deployment() !== undefined) return { requeueAfterMs: 0 };
    // From here on exec may hear of it: the Portfolio tells exec of no strategy without the finalizer.
    if (!leaving) await executor.execute([finalizerIntent(KINDS.strategy, strategy, BUS_FINALIZER, true)], { signal });
    const written = await attempt(async () => {
      if (resolved.ok && agent !== undefined && !leaving) {
        const { spec } = agentToRun({ ...snapshot, agent });
        await bus.ensureConsumer(
          agentConsumer(
            portfolio,
            name,
            spec.instruments.map(({ symbol }) => symbol),
          ),
        );
      }
    });
    const observation = {
      ...snapshot,
      busProblem: busProblemOf(bus, written),
      missingSource: missingSourceOf(snapshot, watches),
      agentReport: board.agent(portfolio, name),
      exec: board.exec(portfolio),
      // As it is after the writes above, which the cache has been told of.
      state: deploymentState(deployment()),
      leaving: leaving ? await gatherLeaving(world, strategy, portfolio, signal) : undefined,
    };
    const status = strategyStatus(observation, clock.nowMs());
    const pendingMs = isOnItsWay(status) ? pending.leftMs(strategy) : 0;
    if (pendingMs > 0 && written.ok) return { requeueAfterMs: pendingMs };
    await executor.execute(statusIntents(KINDS.strategy, strategy, status), { signal });
    if (!written.ok) throw written.error;
    if (observation.leaving !== undefined) return takeDown(world, executor, strategy, observation.leaving, signal);
    return status.conditions?.[0]?.status === 'True' || !resolved.ok ? {} : { requeueAfterMs: UNSETTLED_REQUEUE_MS };
  };

  board.onChange((key) => {
    if (key.kind === 'gateway') return;
    if (key.kind === 'agent') controller.enqueue(`${settings.namespace}/${key.strategy}`, 'resync');
    else if (key.strategies !== undefined) for (const name of key.strategies) controller.enqueue(`${settings.namespace}/${name}`, 'resync');
    else for (const strategy of keysOf('portfolio', `${settings.namespace}/${key.portfolio}`)) controller.enqueue(strategy, 'resync');
  });
  return controller;
}

/** Somebody may have changed what the object asks for, or taken it away; not so when its status changed, or when it came. */
function isEdit(change: ObjectChange): boolean {
  return change.type !== 'added' && specChanged(change);
}

function isOnItsWay({ conditions = [] }: StrategyStatus): boolean {
  return conditions.some(({ type, status }) => type === 'Reconciling' && status === 'True');
}

/** What is needed even of a spec that does not parse. */
function namesOf(strategy: ResourceObject): { readonly portfolio: string; readonly name: string } {
  const spec = strategy.spec as Partial<StrategySpec> | undefined;
  return { portfolio: spec?.portfolioRef?.name ?? '', name: strategy.metadata.name };
}
