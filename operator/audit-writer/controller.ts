/** Runs an audit writer in a tenant namespace that has a Portfolio. */
import { type Controller, type Intent, KUBERNETES_TYPES, makeSource, startController } from '@flotilla/kube/mod.ts';
import { isServed } from '../status/served.ts';
import type { World } from '../world.ts';
import { AUDIT_NAME } from '../fleet/workload-names.ts';
import { planAuditWriter } from './plan.ts';

export function startAuditWriterController(world: World): Controller {
  const { watches, settings, clock, rng, logger, metrics, trace } = world;
  const executor = world.executorOf('audit-writer');
  const ofAudit = ({ metadata }: { readonly metadata: { readonly name: string } }): readonly string[] =>
    metadata.name === AUDIT_NAME ? [AUDIT_NAME] : [];

  /** Deletes the workload. The volume stays. */
  const removals = (): readonly Intent[] =>
    (
      [
        [KUBERNETES_TYPES.deployment, watches.deployments],
        [KUBERNETES_TYPES.networkPolicy, watches.networkPolicies],
        [KUBERNETES_TYPES.serviceAccount, watches.serviceAccounts],
      ] as const
    ).flatMap(([resource, reflector]) => {
      const object = reflector.get(`${settings.namespace}/${AUDIT_NAME}`);
      return object === undefined ? [] : [{ type: 'delete', resource, object } as const];
    });

  return startController({
    name: 'audit-writer',
    sources: [
      makeSource(watches.portfolios, () => [AUDIT_NAME], { concerns: ({ type }) => type !== 'modified' }),
      makeSource(watches.volumeClaims, ofAudit),
      makeSource(watches.deployments, ofAudit),
      makeSource(watches.networkPolicies, ofAudit),
      makeSource(watches.serviceAccounts, ofAudit),
    ],
    reconcile: async (_key, { signal }) => {
      const wanted = watches.portfolios.list().some((portfolio) => isServed(portfolio, settings));
      await executor.execute(wanted ? planAuditWriter(settings) : removals(), { signal });
      return undefined;
    },
    clock,
    rng,
    logger,
    metrics,
    trace,
  });
}
