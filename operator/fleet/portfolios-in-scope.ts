/** Finds the served portfolios in the scope of a KillSwitch. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { objectKey } from '@flotilla/kube/objects/kube-object.ts';
import { isServed } from '../status/served.ts';
import type { World } from '../world.ts';
import { isInScope, killSwitchSpecOf } from './kill-switch-scope.ts';

/** Keys of the served portfolios that a KillSwitch stops. */
export function portfoliosInScope(
  killSwitch: ResourceObject,
  { watches, settings }: Pick<World, 'watches' | 'settings'>,
): readonly string[] {
  const spec = killSwitchSpecOf(killSwitch);
  return watches.portfolios
    .list()
    .filter((portfolio) => isServed(portfolio, settings) && isInScope(spec, settings.namespace, portfolio.metadata.name))
    .map(({ metadata }) => objectKey(metadata));
}
