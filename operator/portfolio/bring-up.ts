/** Makes what a Portfolio needs and writes its status: halt record, consumers and configuration on the bus, then exec. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { type Executor, finalizerIntent } from '@flotilla/kube/mod.ts';
import { busProblemOf } from '../fleet/bus-problem.ts';
import { BUS_FINALIZER, KINDS } from '../kinds.ts';
import { attempt } from '../status/attempt.ts';
import { statusIntents } from '../status/status-intents.ts';
import { deploymentState } from '../workload/deployment-state.ts';
import type { World } from '../world.ts';
import { gatherCrash, gatherPortfolio } from './gather.ts';
import { execDeploymentName } from '../fleet/workload-names.ts';
import { planExecWorkload } from './plan.ts';
import { provisionPortfolio } from './provision-portfolio.ts';
import { portfolioStatus } from './status.ts';

/** While the portfolio is not ready. A change that a watch or a report shows wakes the controller sooner. */
const UNSETTLED_REQUEUE_MS = 5_000;

export async function bringUp(
  world: World,
  executor: Executor,
  portfolio: ResourceObject,
  signal: AbortSignal,
): Promise<{ readonly requeueAfterMs?: number }> {
  const { watches, bus, board, settings, clock } = world;
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
    proof: world.permissions.proof({ role: 'Exec', portfolio: name }),
    deployment,
    crash: await gatherCrash(world, portfolio, deployment, signal),
    otherHolders: written.ok ? written.value.otherHolders : new Map<string, readonly string[]>(),
  };
  const status = portfolioStatus(observation, clock.nowMs());
  await executor.execute(statusIntents(KINDS.portfolio, portfolio, status), { signal });
  if (!written.ok) throw written.error;
  return status.conditions?.[0]?.status === 'True' ? {} : { requeueAfterMs: UNSETTLED_REQUEUE_MS };
}
