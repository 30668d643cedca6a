/** Reads the users of a RiskPolicy, and the limits that the exec of each reports to run. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { objectKey } from '@flotilla/kube/mod.ts';
import { referenceKeys } from '../watches.ts';
import type { World } from '../world.ts';
import type { PolicyUser } from './status.ts';

export function gatherUsers(policy: ResourceObject, { watches, board }: Pick<World, 'watches' | 'board'>): readonly PolicyUser[] {
  const key = objectKey(policy.metadata);
  const running = (portfolio: string): Pick<PolicyUser, 'exec' | 'running'> => {
    const report = board.exec(portfolio);
    if (report?.fresh !== true) return { exec: 'Silent', running: [] };
    const versions = (report.value.policies ?? []).filter(({ name }) => name === policy.metadata.name);
    return { exec: 'Reporting', running: versions.map(({ hash }) => hash) };
  };
  return [
    ...watches.portfolios
      .byIndex('policy', key)
      .map(({ metadata: { name } }): PolicyUser => ({ kind: 'Portfolio', name, portfolio: name, ...running(name) })),
    ...watches.strategies.byIndex('policy', key).map((strategy): PolicyUser => {
      const portfolio = referenceKeys(strategy, 'portfolioRef')[0]?.split('/').at(-1) ?? '';
      return { kind: 'Strategy', name: strategy.metadata.name, portfolio, ...running(portfolio) };
    }),
  ];
}
