/** Runs one gateway for all SignalSources of the tenant namespace, and writes the status of each source. */
import { type Controller, type Intent, KUBERNETES_TYPES, makeSource, type ResourceType, startController } from '@flotilla/kube/mod.ts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import { KINDS } from '../kinds.ts';
import { attempt } from '../status/attempt.ts';
import { refusalVerdict } from '../status/refusal.ts';
import { statusIntents } from '../status/status-intents.ts';
import { isServed } from '../status/served.ts';
import { isNormaliserApart } from '../fleet/normaliser-apart.ts';
import { busAwayOf } from '../fleet/bus-problem.ts';
import type { World } from '../world.ts';
import { deploymentState } from '../workload/deployment-state.ts';
import { gatherSource } from './gather.ts';
import { planGateway, podTemplateSource } from './plan.ts';
import { signalSourceStatus } from './status.ts';

/** All sources share one gateway, so the queue has one key. */
const KEY = GATEWAY_NAME;
/** While the bus is away. The bus does not notify this controller of its return. */
const BUS_AWAY_REQUEUE_MS = 2_000;

export function startSignalSourceController(world: World): Controller {
  const { watches, bus, board, settings, clock, rng, logger, metrics, trace } = world;
  const executor = world.executorOf('signal-source');
  const children = [
    [KUBERNETES_TYPES.deployment, watches.deployments],
    [KUBERNETES_TYPES.service, watches.services],
    [KUBERNETES_TYPES.configMap, watches.configMaps],
    [KUBERNETES_TYPES.networkPolicy, watches.networkPolicies],
    [KUBERNETES_TYPES.serviceAccount, watches.serviceAccounts],
  ] as const;
  const ofGateway = ({ metadata }: { readonly metadata: { readonly name: string } }): readonly string[] =>
    metadata.name === GATEWAY_NAME ? [KEY] : [];

  const removals = (): readonly Intent[] =>
    children.flatMap(([resource, reflector]: readonly [ResourceType, (typeof children)[number][1]]) => {
      const object = reflector.get(`${settings.namespace}/${GATEWAY_NAME}`);
      return object === undefined ? [] : [{ type: 'delete', resource, object } as const];
    });

  const reconcile = async (signal: AbortSignal): Promise<{ readonly requeueAfterMs: number } | undefined> => {
    const objects = watches.signalSources.list();
    const present = objects.filter((object) => isServed(object, settings) && object.metadata.deletionTimestamp === undefined);
    const resolved = present.map((object) => [object, gatherSource(object)] as const);
    const sources = resolved.flatMap(([, source]) => (source.ok ? [source] : []));
    const isApart = isNormaliserApart(watches.deployments.get(`${settings.namespace}/${GATEWAY_NAME}`));
    const built = await attempt(() =>
      executor.execute(present.length === 0 ? removals() : planGateway(sources, settings, isApart), { signal }),
    );
    const refusal = built.ok ? undefined : refusalVerdict(built.error);
    if (!built.ok && refusal === undefined) throw built.error;
    const gateway = deploymentState(watches.deployments.get(`${settings.namespace}/${GATEWAY_NAME}`));
    const busProblem = busAwayOf(bus);
    const report = board.gateway(GATEWAY_NAME);
    const podTemplateFrom = podTemplateSource(sources)?.name;
    const statuses = objects.flatMap((object): readonly Intent[] => {
      const source = resolved.find(([one]) => one === object)?.[1];
      if (source === undefined) return [];
      const status = signalSourceStatus(
        { object, resolved: source, gateway, refusal, busProblem, report, podTemplateFrom },
        settings,
        clock.nowMs(),
      );
      return statusIntents(KINDS.signalSource, object, status);
    });
    await executor.execute(statuses, { signal });
    if (!built.ok) throw built.error;
    return busProblem === undefined ? undefined : { requeueAfterMs: BUS_AWAY_REQUEUE_MS };
  };

  const controller = startController({
    name: 'signal-source',
    sources: [
      makeSource(watches.signalSources, () => [KEY]),
      makeSource(watches.deployments, ofGateway),
      ...[watches.services, watches.configMaps, watches.networkPolicies, watches.serviceAccounts].map((one) => makeSource(one, ofGateway)),
    ],
    reconcile: (_key, { signal }) => reconcile(signal),
    clock,
    rng,
    logger,
    metrics,
    trace,
  });
  board.onChange((key) => {
    if (key.kind === 'gateway') controller.enqueue(KEY, 'resync');
  });
  return controller;
}
