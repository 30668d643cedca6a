/** Whether an object belongs to the list that a scope describes. Pure. */
import type { ListScope } from '../cluster/cluster.ts';
import type { KubeObject } from '../objects/kube-object.ts';

/**
 * Whether a list of this scope contains the object; undefined for selectors that this function does not read (field selectors, set-based labels).
 */
export function isInScope(scope: ListScope, object: KubeObject): boolean | undefined {
  if (scope.namespace !== undefined && scope.namespace !== object.metadata.namespace) return false;
  if (scope.fieldSelector !== undefined) return undefined;
  return scope.labelSelector === undefined ? true : matchesLabels(scope.labelSelector, object.metadata.labels ?? {});
}

/** Equality-based selectors: `a=b`, `a==b`, `a!=b`, `a`, `!a`, joined by commas. */
function matchesLabels(selector: string, labels: Readonly<Record<string, string>>): boolean | undefined {
  if (selector.includes('(')) return undefined;
  return selector.split(',').every((term) => {
    const [, negation, key = '', operator, value] = /^\s*(!?)\s*([^=!\s]+)\s*(?:(==?|!=)\s*(\S*))?\s*$/.exec(term) ?? [];
    if (operator === undefined) return Object.hasOwn(labels, key) !== (negation === '!');
    return (labels[key] === value) !== (operator === '!=');
  });
}
