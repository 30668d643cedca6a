/**
 * Writes the status of a RiskPolicy, and holds its deletion while the policy is in use. The controllers of Portfolio and Strategy deliver the limits.
 *
 * A policy that is deleted and created again could be looser without an acknowledgement (ADR 0023).
 */
import { type Controller, finalizerIntent, makeSource, objectKey, specChanged, startController } from '@flotilla/kube/mod.ts';
import { KINDS, POLICY_FINALIZER } from '../kinds.ts';
import { reportingRefusals } from '../status/refusal.ts';
import { removeFinalizer } from '../status/remove-finalizer.ts';
import { statusIntents } from '../status/status-intents.ts';
import { isServed } from '../status/served.ts';
import { referenceKeys } from '../watches.ts';
import type { World } from '../world.ts';
import { gatherUsers } from './gather.ts';
import { riskPolicyStatus } from './status.ts';

const UNCONFIRMED_REQUEUE_MS = 5_000;
/** Least time between two visits of a policy: its status counts all users, and a thousand of them may appear at once. */
const SPACING_MS = 500;

export function startRiskPolicyController(world: World): Controller {
  const { watches, board, settings, clock, rng, logger, metrics, trace } = world;
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
      makeSource(
        watches.strategies,
        (strategy) => [
          ...referenceKeys(strategy, 'riskPolicyRef'),
          ...referenceKeys(strategy, 'portfolioRef').flatMap(policiesOfPortfolio),
        ],
        { concerns: specChanged },
      ),
    ],
    reconcile: reportingRefusals(
      { resource: KINDS.riskPolicy, find: (key) => watches.riskPolicies.get(key), executor, clock },
      async (key, { signal }) => {
        const object = watches.riskPolicies.get(key);
        if (object === undefined) return undefined;
        await world.settled;
        if (!isServed(object, settings)) return undefined;
        const users = gatherUsers(object, world);
        const deleting = object.metadata.deletionTimestamp !== undefined;
        if (users.length === 0) {
          const again = await removeFinalizer(executor, KINDS.riskPolicy, object, POLICY_FINALIZER, signal);
          if (deleting) return again;
        } else if (!deleting) {
          await executor.execute([finalizerIntent(KINDS.riskPolicy, object, POLICY_FINALIZER, true)], { signal });
        }
        const status = riskPolicyStatus(object, users, clock.nowMs());
        await executor.execute(statusIntents(KINDS.riskPolicy, object, status), { signal });
        return 'unconfirmedCount' in status && (status.unconfirmedCount ?? 0) > 0 ? { requeueAfterMs: UNCONFIRMED_REQUEUE_MS } : undefined;
      },
    ),
    spacingMs: SPACING_MS,
    clock,
    rng,
    logger,
    metrics,
    trace,
  });
  board.onChange((key) => {
    if (key.kind !== 'exec') return;
    for (const policy of policiesOfPortfolio(`${settings.namespace}/${key.portfolio}`)) controller.enqueue(policy, 'resync');
  });
  return controller;
}
