/** Gives each Strategy its consumer, its agent key and its agent. */
import { type Controller, startController } from '@flotilla/kube/mod.ts';
import { KINDS } from '../kinds.ts';
import { makePending } from '../status/pending.ts';
import { reportingRefusals } from '../status/refusal.ts';
import { isServed } from '../status/served.ts';
import type { World } from '../world.ts';
import { gatherStrategy } from './gather.ts';
import { reconcileStrategy } from './reconcile-strategy.ts';
import { strategiesOfReport, strategySources } from './sources.ts';

/** When a new strategy becomes Ready within this time, its first status is Ready, and no step on the way is written. */
const PENDING_MS_MAX = 2_000;

export function startStrategyController(world: World): Controller {
  const { watches, board, settings, clock, rng, logger, metrics, trace } = world;
  const executor = world.executorOf('strategy');
  const worker = { world, executor, pending: makePending(clock, PENDING_MS_MAX) };
  const controller = startController({
    name: 'strategy',
    sources: strategySources(world),
    reconcile: reportingRefusals(
      { resource: KINDS.strategy, find: (key) => watches.strategies.get(key), executor, clock },
      async (key, { signal }) => {
        const strategy = watches.strategies.get(key);
        if (strategy === undefined) return undefined;
        await world.settled;
        if (!isServed(strategy, settings)) return undefined;
        return reconcileStrategy(worker, gatherStrategy(strategy, world), signal);
      },
    ),
    clock,
    rng,
    logger,
    metrics,
    trace,
  });
  board.onChange((report) => {
    for (const key of strategiesOfReport(world, report)) controller.enqueue(key, 'resync');
  });
  world.permissions.onChange((principal) => {
    if (principal.role === 'SignalAgent') controller.enqueue(`${settings.namespace}/${principal.strategy}`, 'resync');
  });
  return controller;
}
