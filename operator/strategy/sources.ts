/** Lists the changes that make the controller visit a Strategy. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { isNews, makeSource, type ObjectChange, objectKey, ownerKeys, type Source, specChanged } from '@flotilla/kube/mod.ts';
import { portfoliosInScope } from '../fleet/portfolios-in-scope.ts';
import { KINDS } from '../kinds.ts';
import type { ReportKey } from '../provision/status-board.ts';
import type { World } from '../world.ts';

type Sources = Pick<World, 'watches' | 'settings'>;

export function strategySources(world: Sources): readonly Source[] {
  const { watches } = world;
  const keysOf = (index: 'policy' | 'role' | 'source', object: ResourceObject): readonly string[] =>
    watches.strategies.byIndex(index, objectKey(object.metadata)).map(({ metadata }) => objectKey(metadata));
  const keysOfPolicy = (policy: ResourceObject): readonly string[] => [
    ...keysOf('policy', policy),
    ...watches.portfolios
      .byIndex('policy', objectKey(policy.metadata))
      .flatMap(({ metadata }) => keysOfPortfolio(world, objectKey(metadata))),
  ];
  const owned = ownerKeys(KINDS.strategy);
  return [
    makeSource(watches.strategies, ({ metadata }) => [objectKey(metadata)], { concerns: isNews }),
    makeSource(watches.portfolios, ({ metadata }) => keysOfPortfolio(world, objectKey(metadata)), { concerns: specChanged }),
    makeSource(watches.riskPolicies, keysOfPolicy, { concerns: specChanged }),
    makeSource(watches.agentRoles, (role) => keysOf('role', role), { concerns: specChanged }),
    makeSource(watches.killSwitches, (object) => portfoliosInScope(object, world).flatMap((key) => keysOfPortfolio(world, key)), {
      priority: () => 'kill',
    }),
    makeSource(watches.signalSources, (source) => keysOf('source', source), { concerns: ({ type }) => type !== 'modified' }),
    // Changes of pods wait behind changes by people.
    ...[watches.deployments, watches.serviceAccounts, watches.networkPolicies].map((reflector) =>
      makeSource(reflector, owned, { concerns: isNews, priority: (change) => (isEdit(change) ? 'spec' : 'resync') }),
    ),
  ];
}

/** Keys of the Strategies that a report in the STATUS bucket concerns. */
export function strategiesOfReport(world: Sources, key: ReportKey): readonly string[] {
  const { namespace } = world.settings;
  switch (key.kind) {
    case 'gateway':
      return [];
    case 'agent':
      return [`${namespace}/${key.strategy}`];
    default:
      return key.strategies?.map((name) => `${namespace}/${name}`) ?? keysOfPortfolio(world, `${namespace}/${key.portfolio}`);
  }
}

function keysOfPortfolio({ watches }: Sources, portfolioKey: string): readonly string[] {
  return watches.strategies.byIndex('portfolio', portfolioKey).map(({ metadata }) => objectKey(metadata));
}

/** A person or another program may have changed or deleted the object. A new object and a changed status are not edits. */
function isEdit(change: ObjectChange): boolean {
  return change.type !== 'added' && specChanged(change);
}
