/** Labels of everything that the operator makes; watches select by {@link MANAGED_SELECTOR}. */

import type { KubeObject } from '@flotilla/kube/mod.ts';

export const MANAGER = 'flotilla-operator';
export const MANAGED_SELECTOR = `app.kubernetes.io/managed-by=${MANAGER}`;
const PORTFOLIO_LABEL = 'flotilla.dev/portfolio';
const STRATEGY_LABEL = 'flotilla.dev/strategy';

export type Component = 'exec' | 'agent' | 'gateway' | 'audit';

export interface Belonging {
  readonly component: Component;
  /** Name of the workload, which distinguishes several of one component. */
  readonly instance: string;
  readonly portfolio?: string;
  readonly strategy?: string;
}

export function labelsOf({ component, instance, portfolio, strategy }: Belonging): Readonly<Record<string, string>> {
  return {
    ...selectorOf({ component, instance }),
    'app.kubernetes.io/part-of': 'flotilla',
    'app.kubernetes.io/managed-by': MANAGER,
    ...(portfolio === undefined ? {} : { [PORTFOLIO_LABEL]: portfolio }),
    ...(strategy === undefined ? {} : { [STRATEGY_LABEL]: strategy }),
  };
}

/** For `mapToKeys`: the portfolio that the object of an agent trades for. */
export function agentPortfolioKeys({ metadata: { namespace, labels } }: KubeObject): readonly string[] {
  const portfolio = labels?.[PORTFOLIO_LABEL];
  const isAgent = labels?.['app.kubernetes.io/component'] === 'agent';
  return isAgent && portfolio !== undefined ? [`${namespace ?? ''}/${portfolio}`] : [];
}

/** The part that never changes: a Deployment's selector is immutable. */
export function selectorOf({ component, instance }: Pick<Belonging, 'component' | 'instance'>): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': `flotilla-${component}`,
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/instance': instance,
  };
}
