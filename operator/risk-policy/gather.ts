/** Who uses a RiskPolicy, and whether exec has confirmed it. */
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { objectKey } from '../kube/kube-object.ts';
import { gatherPortfolio } from '../portfolio/gather.ts';
import { attempt } from '../status/attempt.ts';
import { referenceKeys } from '../watches.ts';
import type { World } from '../world.ts';
import type { PolicyUser } from './status.ts';

export async function gatherUsers(
  policy: ResourceObject,
  { watches, bus, board }: Pick<World, 'watches' | 'bus' | 'board'>,
): Promise<readonly PolicyUser[]> {
  const key = objectKey(policy.metadata);
  const portfolios = watches.portfolios.byIndex('policy', key);
  const strategies = watches.strategies.byIndex('policy', key);
  const names = new Set([...portfolios.map(({ metadata }) => metadata.name), ...strategies.flatMap((one) => portfolioName(one))]);
  const confirmedHashes = new Map<string, ReadonlyMap<string, string>>();
  for (const name of names) {
    const config = await attempt(() => bus.readExecConfig(name));
    const exec = board.exec(name);
    if (!config.ok || config.value === undefined || exec?.fresh !== true || exec.value.configHash !== config.value.configHash) continue;
    confirmedHashes.set(name, hashesOf(config.value));
  }
  return [
    ...portfolios.map((portfolio): PolicyUser => {
      const { name } = portfolio.metadata;
      return { kind: 'Portfolio', name, confirmed: agrees(wantedHashes(portfolio, watches), confirmedHashes.get(name)) };
    }),
    ...strategies.map((strategy): PolicyUser => {
      const { name, namespace } = strategy.metadata;
      const portfolio = portfolioName(strategy)[0] ?? '';
      const object = watches.portfolios.get(objectKey({ namespace, name: portfolio }));
      const wanted = object === undefined ? undefined : wantedHashes(object, watches)?.get(name);
      return { kind: 'Strategy', name, confirmed: wanted !== undefined && confirmedHashes.get(portfolio)?.get(name) === wanted };
    }),
  ];
}

/** Policy hash by strategy that a portfolio should run with; undefined when it cannot be resolved. */
function wantedHashes(portfolio: ResourceObject, watches: World['watches']): ReadonlyMap<string, string> | undefined {
  const { resolved, strategies } = gatherPortfolio(portfolio, watches);
  if (!resolved.ok) return undefined;
  return new Map(strategies.flatMap(({ name, resolved: one }) => (one.ok ? [[name, one.entry.policyHash] as const] : [])));
}

function agrees(wanted: ReadonlyMap<string, string> | undefined, confirmed: ReadonlyMap<string, string> | undefined): boolean {
  return wanted !== undefined && confirmed !== undefined && [...wanted].every(([name, hash]) => confirmed.get(name) === hash);
}

function hashesOf(config: ExecConfig): ReadonlyMap<string, string> {
  return new Map(config.strategies.map(({ name, policyHash }) => [name, policyHash]));
}

function portfolioName(strategy: ResourceObject): readonly string[] {
  return referenceKeys(strategy, 'portfolioRef').map((key) => key.split('/').at(-1) ?? '');
}
