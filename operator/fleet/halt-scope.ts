import { unreachable } from '@flotilla/contracts/assert.ts';
import { type KillSwitchSpec, killSwitchSpecSchema } from '@flotilla/contracts/resources/kill-switch.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';

/** A spec that this build cannot read must still stop something: then everything, and wholly. */
const UNREADABLE: KillSwitchSpec = {
  scope: { type: 'All' },
  mode: 'CancelAndHold',
  reason: 'the spec of this KillSwitch could not be read, so it stops everything',
};

export function killSwitchSpecOf(object: ResourceObject): KillSwitchSpec {
  return killSwitchSpecSchema.safeParse(object.spec).data ?? UNREADABLE;
}

export function isInScope(spec: KillSwitchSpec, namespace: string, portfolio: string): boolean {
  switch (spec.scope.type) {
    case 'All':
      return true;
    case 'Namespaces':
      return spec.scope.namespaces?.includes(namespace) ?? false;
    case 'Portfolios':
      return spec.scope.portfolios?.some((one) => one.namespace === namespace && one.name === portfolio) ?? false;
    default:
      return unreachable(spec.scope.type);
  }
}

/** The scope in words, for the column of `kubectl get`. */
export function describeScope({ scope }: KillSwitchSpec): string {
  const names =
    scope.type === 'Namespaces' ? (scope.namespaces ?? []) : (scope.portfolios ?? []).map(({ namespace, name }) => `${namespace}/${name}`);
  const text = scope.type === 'All' ? 'all portfolios' : `${scope.type.toLowerCase()} ${names.join(', ')}`;
  return text.length <= 128 ? text : `${text.slice(0, 125)}...`;
}
