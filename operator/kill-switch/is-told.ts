/** Whether a status already says what this operator would write, beside the entries of operators of other namespaces. Pure. */
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { KillSwitchStatus } from '@flotilla/contracts/resources/kill-switch.ts';

export function isTold(object: ResourceObject, status: KillSwitchStatus, namespace: string): boolean {
  const held = (object.status ?? {}) as KillSwitchStatus;
  return canonicalJson(ownPart(held, namespace)) === canonicalJson(ownPart(status, namespace));
}

/** Entries of lists in one order: the API server keeps another one when several operators write. */
function ownPart(status: KillSwitchStatus, namespace: string): object {
  const { namespaces = [], portfolios = [], conditions = [], ...rest } = status;
  return {
    ...rest,
    conditions: [...conditions].sort((a, b) => (a.type < b.type ? -1 : 1)),
    namespaces: namespaces.filter((entry) => entry.namespace === namespace),
    portfolios: portfolios.filter((one) => one.namespace === namespace).sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}
