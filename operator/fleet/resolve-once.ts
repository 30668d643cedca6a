/**
 * `resolvePortfolio` and `resolveStrategy`, once for each version of the specs that they read. The operator resolves up to a thousand Strategies at every look at
 * their Portfolio, and the caches hand out the same spec object until the spec changes.
 */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import {
  type BlockedPortfolio,
  type BlockedStrategy,
  type FindPolicy,
  type ResolvedPortfolio,
  type ResolvedStrategy,
  resolvePortfolio,
  resolveStrategy,
} from './resolve-strategy.ts';

interface Remembered<T> {
  readonly name: string;
  /** The other input. */
  readonly beside: unknown;
  /** Specs of the policies that were asked for, by name. */
  readonly policies: ReadonlyMap<string, unknown>;
  readonly result: T;
}

/** Keyed by spec object: a cache replaces raw JSON and never changes it in place. */
type Memory<T> = WeakMap<object, Remembered<T>>;

const portfolios: Memory<ResolvedPortfolio | BlockedPortfolio> = new WeakMap();
const strategies: Memory<ResolvedStrategy | BlockedStrategy> = new WeakMap();

/** Equal inputs give the very same result. */
export function resolvePortfolioOnce(portfolio: ResourceObject, findPolicy: FindPolicy): ResolvedPortfolio | BlockedPortfolio {
  return once(portfolios, portfolio, undefined, findPolicy, (find) => resolvePortfolio(portfolio, find));
}

/** Equal inputs give the very same result, and `portfolio` is equal when {@link resolvePortfolioOnce} gave it. */
export function resolveStrategyOnce(
  strategy: ResourceObject,
  portfolio: ResolvedPortfolio | BlockedPortfolio | undefined,
  findPolicy: FindPolicy,
): ResolvedStrategy | BlockedStrategy {
  return once(strategies, strategy, portfolio, findPolicy, (find) => resolveStrategy(strategy, portfolio, find));
}

function once<T>(memory: Memory<T>, object: ResourceObject, beside: unknown, findPolicy: FindPolicy, resolve: (find: FindPolicy) => T): T {
  const { spec } = object;
  const { name } = object.metadata;
  if (typeof spec !== 'object' || spec === null) return resolve(findPolicy);
  const held = memory.get(spec);
  if (held !== undefined && held.name === name && held.beside === beside && areCurrent(held.policies, findPolicy)) return held.result;
  const policies = new Map<string, unknown>();
  const result = resolve((policy) => {
    const found = findPolicy(policy);
    policies.set(policy, found?.spec);
    return found;
  });
  memory.set(spec, { name, beside, policies, result });
  return result;
}

function areCurrent(policies: ReadonlyMap<string, unknown>, findPolicy: FindPolicy): boolean {
  for (const [name, spec] of policies) if (findPolicy(name)?.spec !== spec) return false;
  return true;
}
