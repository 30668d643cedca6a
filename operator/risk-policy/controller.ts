/** RiskPolicy → its status. Portfolio and Strategy controllers deliver the limits. */
import { type Controller, makeSource, startController } from '../control/controller.ts';
import { KINDS } from '../kinds.ts';
import { objectKey } from '../kube/kube-object.ts';
import { statusIntents } from '../status/status-intents.ts';
import { isServed, notServed } from '../status/served.ts';
import { referenceKeys } from '../watches.ts';
import type { World } from '../world.ts';
import { gatherUsers } from './gather.ts';
import { riskPolicyStatus } from './status.ts';

const UNCONFIRMED_REQUEUE_MS = 5_000;

export function startRiskPolicyController(world: World): Controller {
  const { watches, board, settings, clock, rng, logger, metrics } = world;
  const executor = world.executorOf('risk-policy');
  const policiesOfPortfolio = (key: string): readonly string[] => {
    const portfolio = watches.portfolios.get(key);
    const users = [...(portfolio === undefined ? [] : [portfolio]), ...watches.strategies.byIndex('portfolio', key)];
    return [...new Set(users.flatMap((user) => referenceKeys(user, 'riskPolicyRef')))];
  };

  const controller = startController({
    name: 'risk-policy',
    sources: [
      makeSource(watches.riskPolicies, ({ metadata }) => [objectKey(metadata)]),
      makeSource(watches.portfolios, (portfolio) => referenceKeys(portfolio, 'riskPolicyRef')),
      makeSource(watches.strategies, (strategy) => [
        ...referenceKeys(strategy, 'riskPolicyRef'),
        ...referenceKeys(strategy, 'portfolioRef').flatMap(policiesOfPortfolio),
      ]),
    ],
    reconcile: async (key, { signal }) => {
      const object = watches.riskPolicies.get(key);
      if (object === undefined) return undefined;
      await world.settled;
      const status = isServed(object, settings)
        ? riskPolicyStatus(object, await gatherUsers(object, world), clock.nowMs())
        : notServed(object, settings, clock);
      await executor.execute(statusIntents(KINDS.riskPolicy, object, status), { signal });
      return 'unconfirmedCount' in status && (status.unconfirmedCount ?? 0) > 0 ? { requeueAfterMs: UNCONFIRMED_REQUEUE_MS } : undefined;
    },
    clock,
    rng,
    logger,
    metrics,
  });
  board.onChange((key) => {
    if (key.kind !== 'exec') return;
    for (const policy of policiesOfPortfolio(`${settings.namespace}/${key.portfolio}`)) controller.enqueue(policy, 'resync');
  });
  return controller;
}
