/** Portfolio → halt record, consumers, exec configuration, exec. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
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
import { busProblemOf } from '../fleet/bus-problem.ts';
import { portfoliosInScope } from '../fleet/portfolios-in-scope.ts';
import { BUS_FINALIZER, isBound, KINDS } from '../kinds.ts';
import { attempt } from '../status/attempt.ts';
import { statusIntents } from '../status/status-intents.ts';
import { reportingRefusals } from '../status/refusal.ts';
import { isServed } from '../status/served.ts';
import { referenceKeys } from '../watches.ts';
import type { World } from '../world.ts';
import { deploymentState } from '../workload/deployment-state.ts';
import { agentPortfolioKeys } from '../workload/labels.ts';
import { gatherCrash, gatherPortfolio } from './gather.ts';
import { execDeploymentName, planExecWorkload } from './plan.ts';
import { provisionPortfolio } from './provision-portfolio.ts';
import { portfolioStatus } from './status.ts';
import { takeDown } from './take-down.ts';
import { makeUniformPolicies } from './uniform-policies.ts';

/** The configuration of a portfolio is made of all its Strategies, and a thousand of them may be applied at once. */
const SPACING_MS = 500;
/** While the portfolio is not ready; changes that a watch or a report tells of wake the controller sooner. */
const UNSETTLED_REQUEUE_MS = 5_000;

export function startPortfolioController(world: World): Controller {
  const { watches, bus, board, settings, clock, rng, logger, metrics, trace } = world;
  const executor = world.executorOf('portfolio');
  const portfolioKeysOf = (policyKey: string): readonly string[] => [
    ...watches.portfolios.byIndex('policy', policyKey).map(({ metadata }) => objectKey(metadata)),
    ...watches.strategies.byIndex('policy', policyKey).flatMap((strategy) => referenceKeys(strategy, 'portfolioRef')),
  ];

  const becomeUniform = makeUniformPolicies();

  const controller = startController({
    name: 'portfolio',
    sources: [
      makeSource(watches.portfolios, ({ metadata }) => [objectKey(metadata)], { concerns: isNews }),
      makeSource(watches.strategies, (strategy) => referenceKeys(strategy, 'portfolioRef'), { concerns: concernsExec }),
      makeSource(watches.riskPolicies, ({ metadata }) => portfolioKeysOf(objectKey(metadata)), { concerns: specChanged }),
      makeSource(watches.killSwitches, (object) => portfoliosInScope(object, world), { priority: () => 'permission' }),
      makeSource(watches.deployments, ownerKeys(KINDS.portfolio), { concerns: isNews }),
      // An agent that has ended lets the next revision write.
      makeSource(watches.deployments, agentPortfolioKeys, {
        concerns: ({ type, object }) => type === 'deleted' || deploymentState(object).state === 'Gone',
      }),
      ...[watches.serviceAccounts, watches.networkPolicies].map((reflector) =>
        makeSource(reflector, ownerKeys(KINDS.portfolio), { concerns: isNews }),
      ),
    ],
    reconcile: reportingRefusals(
      { resource: KINDS.portfolio, find: (key) => watches.portfolios.get(key), executor, clock },
      async (key, { signal }) => {
        const portfolio = watches.portfolios.get(key);
        if (portfolio === undefined) return undefined;
        await world.settled;
        if (!isServed(portfolio, settings)) return undefined;
        return portfolio.metadata.deletionTimestamp === undefined
          ? bringUp(portfolio, signal)
          : takeDown(world, executor, portfolio, signal);
      },
    ),
    spacingMs: SPACING_MS,
    clock,
    rng,
    logger,
    metrics,
    trace,
  });

  const bringUp = async (portfolio: ResourceObject, signal: AbortSignal): Promise<{ readonly requeueAfterMs?: number }> => {
    const { name } = portfolio.metadata;
    const snapshot = gatherPortfolio(portfolio, world);
    await executor.execute([finalizerIntent(KINDS.portfolio, portfolio, BUS_FINALIZER, true)], { signal });
    const written = await attempt(() => provisionPortfolio(world, executor, snapshot, signal));
    await executor.execute(planExecWorkload(portfolio, settings), { signal });
    const deployment = deploymentState(watches.deployments.get(`${settings.namespace}/${execDeploymentName(name)}`));
    const observation = {
      ...snapshot,
      busProblem: busProblemOf(bus, written),
      config: written.ok ? written.value.config : undefined,
      halt: written.ok ? written.value.halt : undefined,
      exec: board.exec(name),
      deployment,
      crash: await gatherCrash(world, portfolio, deployment, signal),
      otherHolders: written.ok ? written.value.otherHolders : new Map<string, readonly string[]>(),
    };
    const status = portfolioStatus(observation, clock.nowMs());
    await executor.execute(statusIntents(KINDS.portfolio, portfolio, status), { signal });
    if (!written.ok) throw written.error;
    return status.conditions?.[0]?.status === 'True' ? {} : { requeueAfterMs: UNSETTLED_REQUEUE_MS };
  };

  board.onChange((key) => {
    if (key.kind !== 'exec') return;
    controller.enqueue(`${settings.namespace}/${key.portfolio}`, 'permission');
    for (const policy of becomeUniform(board.heardExecs())) {
      for (const user of portfolioKeysOf(objectKey({ namespace: settings.namespace, name: policy }))) controller.enqueue(user, 'spec');
    }
  });
  return controller;
}

/** exec is not told of a Strategy before the Strategy has its finalizer. */
function concernsExec(change: ObjectChange): boolean {
  const { type, object, previous } = change;
  const was = previous !== undefined && isBound(previous);
  return type === 'deleted' || (isBound(object) ? !was || specChanged(change) : was);
}
