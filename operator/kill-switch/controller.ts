/** KillSwitch → halt records, at once and before anything else; then how far the halt is. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { type Controller, finalizerIntent, makeSource, splitObjectKey, startController } from '@flotilla/kube/mod.ts';
import { HALT_FINALIZER, KINDS } from '../kinds.ts';
import { removeFinalizer } from '../status/remove-finalizer.ts';
import { statusIntents } from '../status/status-intents.ts';
import { attempt } from '../status/attempt.ts';
import type { World } from '../world.ts';
import { deploymentState } from '../workload/deployment-state.ts';
import { killSwitchSpecOf } from '../fleet/halt-scope.ts';
import { killSwitchStatus, type PortfolioHalt } from './status.ts';
import { portfoliosInScope } from '../fleet/portfolios-in-scope.ts';
import { agentDeploymentName } from '../fleet/workload-names.ts';

/** While a step is still to come; reports and Deployments wake us sooner. */
const UNSETTLED_REQUEUE_MS = 500;

export function startKillSwitchController(world: World): Controller {
  const { watches, bus, board, halts, settings, clock, rng, logger, metrics, trace } = world;
  const executor = world.executorOf('kill-switch');
  const allKeys = (): readonly string[] => watches.killSwitches.list().map(({ metadata }) => metadata.name);

  watches.killSwitches.onChange(({ type, object }) => {
    const { uid = '' } = object.metadata;
    if (type === 'deleted') halts.forget(uid);
    else halts.observe(uid);
  });

  const controller = startController({
    name: 'kill-switch',
    sources: [
      makeSource(watches.killSwitches, ({ metadata }) => [metadata.name], { priority: () => 'kill' }),
      makeSource(watches.portfolios, allKeys, { concerns: ({ type }) => type !== 'modified' }),
      makeSource(watches.strategies, allKeys, { concerns: ({ type }) => type !== 'modified' }),
      makeSource(watches.deployments, allKeys),
    ],
    reconcile: async (name, { signal }) => {
      const object = watches.killSwitches.get(name);
      // One that is gone may leave records that have to be released, in whatever scope it was.
      if (object === undefined) {
        await Promise.all(servedPortfolios().map((portfolio) => halts.sync(portfolio)));
        return undefined;
      }
      return reconcile(object, signal);
    },
    clock,
    rng,
    logger,
    metrics,
    trace,
  });

  const servedPortfolios = (): readonly string[] =>
    watches.portfolios.list().flatMap(({ metadata }) => (metadata.namespace === settings.namespace ? [metadata.name] : []));

  const reconcile = async (object: ResourceObject, signal: AbortSignal): Promise<{ readonly requeueAfterMs?: number }> => {
    const portfolios = await Promise.all(portfoliosInScope(object, world).map(haltOf));
    const deleting = object.metadata.deletionTimestamp !== undefined;
    if (!deleting) await executor.execute([finalizerIntent(KINDS.killSwitch, object, HALT_FINALIZER, true)], { signal });
    const status = killSwitchStatus({ object, spec: killSwitchSpecOf(object), portfolios }, clock.nowMs());
    await executor.execute(statusIntents(KINDS.killSwitch, object, status), { signal });
    if (deleting && portfolios.every((halt) => isLetGo(halt, object))) {
      return (await removeFinalizer(executor, KINDS.killSwitch, object, HALT_FINALIZER, signal)) ?? {};
    }
    const settled = status.conditions?.[0]?.status === 'True' || status.portfolios?.every(({ phase }) => phase === 'Halted') === true;
    return settled ? {} : { requeueAfterMs: UNSETTLED_REQUEUE_MS };
  };

  const haltOf = async (key: string): Promise<PortfolioHalt> => {
    const { name } = splitObjectKey(key);
    const synced = await attempt(() => halts.sync(name));
    const agents = watches.strategies.byIndex('portfolio', key).filter(({ metadata }) => {
      const { state } = deploymentState(watches.deployments.get(`${settings.namespace}/${agentDeploymentName(metadata.name)}`));
      return state !== 'Gone' && state !== 'Absent';
    });
    return {
      namespace: settings.namespace,
      name,
      record: synced.ok ? synced.value : undefined,
      problem: synced.ok ? undefined : (bus.problem() ?? synced.error.message),
      exec: board.exec(name),
      silenceIsAbsence: board.isConclusive(),
      agentsRunning: agents.length,
    };
  };

  board.onChange((key) => {
    if (key.kind !== 'exec') return;
    const portfolio = watches.portfolios.get(`${settings.namespace}/${key.portfolio}`);
    if (portfolio === undefined) return;
    for (const object of watches.killSwitches.list()) controller.enqueue(object.metadata.name, 'kill');
  });
  return controller;
}

/** The record of the portfolio stands no longer for this switch. */
function isLetGo({ record }: PortfolioHalt, object: ResourceObject): boolean {
  return record !== undefined && (record.state === 'RELEASED' || record.haltId !== object.metadata.uid);
}
