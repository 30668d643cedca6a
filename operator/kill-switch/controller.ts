/** KillSwitch → halt records, at once and before anything else; then how far the halt is. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { type Controller, finalizerIntent, makeSource, startController } from '@flotilla/kube/mod.ts';
import { FIELD_MANAGER, haltFinalizer, KINDS, LEGACY_HALT_FINALIZER } from '../kinds.ts';
import { concernsNamespace, killSwitchSpecOf } from '../fleet/kill-switch-scope.ts';
import { portfoliosInScope } from '../fleet/portfolios-in-scope.ts';
import { removeFinalizer } from '../status/remove-finalizer.ts';
import { statusIntents } from '../status/status-intents.ts';
import type { World } from '../world.ts';
import { gatherKillSwitch } from './gather.ts';
import { isTold } from './is-told.ts';
import type { PortfolioHalt } from './portfolio-steps.ts';
import { killSwitchStatus } from './status.ts';

/** While a step is still to come; reports and Deployments wake the controller sooner. */
const UNSETTLED_REQUEUE_MS = 500;
/** While exec does not report. */
const UNCONFIRMED_REQUEUE_MS = 5_000;

interface Requeue {
  readonly requeueAfterMs?: number;
}

export function startKillSwitchController(world: World): Controller {
  const { watches, board, halts, settings, clock, rng, logger, metrics, trace } = world;
  const executor = world.executorOf('kill-switch');
  const allKeys = (): readonly string[] => watches.killSwitches.list().map(({ metadata }) => metadata.name);

  watches.killSwitches.onChange(({ type, object }) => {
    if (type === 'deleted') halts.forget(object);
    else halts.observe(object);
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
      if (object !== undefined) return reconcileKillSwitch(world, executor, object, signal);
      // One that is gone may leave records that have to be released, or that it has not engaged yet, in whatever scope it was.
      await Promise.all(world.portfolioNames().map((portfolio) => halts.sync(portfolio)));
      return undefined;
    },
    clock,
    rng,
    logger,
    metrics,
    trace,
  });

  board.onChange((key) => {
    if (key.kind !== 'exec') return;
    if (watches.portfolios.get(`${settings.namespace}/${key.portfolio}`) === undefined) return;
    for (const object of watches.killSwitches.list()) controller.enqueue(object.metadata.name, 'kill');
  });
  return controller;
}

async function reconcileKillSwitch(
  world: World,
  executor: ReturnType<World['executorOf']>,
  object: ResourceObject,
  signal: AbortSignal,
): Promise<Requeue> {
  const { settings, clock } = world;
  const spec = killSwitchSpecOf(object);
  const deleting = object.metadata.deletionTimestamp !== undefined;
  // Of a KillSwitch that concerns other namespaces alone, this operator writes nothing.
  if (!concernsNamespace(spec, settings.namespace)) return deleting ? releaseLegacy(executor, object, signal) : {};
  const finalizer = haltFinalizer(settings.namespace);
  const observation = await gatherKillSwitch(object, portfoliosInScope(object, world), world);
  if (!deleting) await executor.execute([finalizerIntent(KINDS.killSwitch, object, finalizer, true)], { signal });
  await leaveSharedManager(executor, object, signal);
  const status = killSwitchStatus(observation, clock.nowMs());
  if (!isTold(object, status, settings.namespace)) {
    const fieldManager = `${FIELD_MANAGER}-${settings.namespace}-status`;
    const intents = statusIntents(KINDS.killSwitch, object, status);
    await executor.execute(
      intents.map((intent) => (intent.type === 'status' ? { ...intent, fieldManager } : intent)),
      { signal },
    );
  }
  if (deleting && observation.portfolios.every((halt) => isReleased(halt, object))) {
    const again = await removeFinalizer(executor, KINDS.killSwitch, object, finalizer, signal);
    return again ?? releaseLegacy(executor, object, signal);
  }
  return requeue(status.conditions?.[0], observation.portfolios);
}

/** The finalizer that operators before the one for each namespace have set. */
async function releaseLegacy(executor: ReturnType<World['executorOf']>, object: ResourceObject, signal: AbortSignal): Promise<Requeue> {
  return (await removeFinalizer(executor, KINDS.killSwitch, object, LEGACY_HALT_FINALIZER, signal)) ?? {};
}

/** A status that an operator of an older version wrote as a whole: its fields must not stay beside those of each namespace. */
async function leaveSharedManager(executor: ReturnType<World['executorOf']>, object: ResourceObject, signal: AbortSignal): Promise<void> {
  const status = object.status as { readonly observedGeneration?: number; readonly namespaces?: unknown } | undefined;
  if ((status?.observedGeneration ?? -1) < 0 || status?.namespaces !== undefined) return;
  await executor.execute([{ type: 'status', resource: KINDS.killSwitch, object, status: {} }], { signal });
}

function requeue(ready: { readonly status: string; readonly reason: string } | undefined, halts: readonly PortfolioHalt[]): Requeue {
  if (ready?.status === 'True' || ready?.reason === 'NothingInScope') return {};
  const isSilent = halts.every(({ exec, problem }) => exec?.fresh !== true && problem === undefined);
  return { requeueAfterMs: isSilent ? UNCONFIRMED_REQUEUE_MS : UNSETTLED_REQUEUE_MS };
}

/** The record of the portfolio stands no longer for this KillSwitch. */
function isReleased({ record }: PortfolioHalt, object: ResourceObject): boolean {
  return record !== undefined && (record.state === 'RELEASED' || record.haltId !== object.metadata.uid);
}
