/** Gives each Portfolio its halt record, its consumers, its configuration of exec, and its exec. */
import { type Controller, objectKey, startController } from '@flotilla/kube/mod.ts';
import { KINDS } from '../kinds.ts';
import { reportingRefusals } from '../status/refusal.ts';
import { isServed } from '../status/served.ts';
import type { World } from '../world.ts';
import { bringUp } from './bring-up.ts';
import { portfolioKeysOfPolicy, portfolioSources } from './sources.ts';
import { takeDown } from './take-down.ts';
import { makeUniformPolicies } from './uniform-policies.ts';

/** Least time between two visits of a portfolio: its configuration names all its Strategies, and a thousand of them may be applied at once. */
const SPACING_MS = 500;

export function startPortfolioController(world: World): Controller {
  const { watches, board, settings, clock, rng, logger, metrics, trace } = world;
  const executor = world.executorOf('portfolio');
  const controller = startController({
    name: 'portfolio',
    sources: portfolioSources(world),
    reconcile: reportingRefusals(
      { resource: KINDS.portfolio, find: (key) => watches.portfolios.get(key), executor, clock },
      async (key, { signal }) => {
        const portfolio = watches.portfolios.get(key);
        if (portfolio === undefined) return undefined;
        await world.settled;
        if (!isServed(portfolio, settings)) return undefined;
        return portfolio.metadata.deletionTimestamp === undefined
          ? bringUp(world, executor, portfolio, signal)
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
  const becomeUniform = makeUniformPolicies();
  board.onChange((key) => {
    if (key.kind !== 'exec') return;
    controller.enqueue(`${settings.namespace}/${key.portfolio}`, 'permission');
    for (const policy of becomeUniform(board.heardExecs())) {
      const policyKey = objectKey({ namespace: settings.namespace, name: policy });
      for (const user of portfolioKeysOfPolicy(watches, policyKey)) controller.enqueue(user, 'spec');
    }
  });
  world.permissions.onChange((principal) => {
    if (principal.role === 'Exec') controller.enqueue(`${settings.namespace}/${principal.portfolio}`, 'resync');
    // A leak of an agent changes what exec takes from it.
    if (principal.role === 'SignalAgent') controller.enqueue(`${settings.namespace}/${principal.portfolio}`, 'permission');
  });
  return controller;
}
