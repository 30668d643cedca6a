/**
 * `resolvePortfolio` and `resolveStrategy`, once for each version of the specs that they read. The operator resolves up to a thousand Strategies at every look at
 * their Portfolio, and the caches hand out the same spec object until the spec changes.
 */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import {
  type BlockedPortfolio,
  type BlockedStrategy,
  type FindPolicy,
  type FindRole,
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
  /** The same of the roles. */
  readonly roles: ReadonlyMap<string, unknown>;
  readonly result: T;
}

/** Keyed by spec object: a cache replaces raw JSON and never changes it in place. */
type Memory<T> = WeakMap<object, Remembered<T>>;

const portfolios: Memory<ResolvedPortfolio | BlockedPortfolio> = new WeakMap();
const strategies: Memory<ResolvedStrategy | BlockedStrategy> = new WeakMap();

/** Equal inputs give the very same result. */
export function resolvePortfolioOnce(portfolio: ResourceObject, findPolicy: FindPolicy): ResolvedPortfolio | BlockedPortfolio {
  return once(portfolios, portfolio, undefined, { findPolicy, findRole: () => undefined }, (find) =>
    resolvePortfolio(portfolio, find.findPolicy),
  );
}

/** Equal inputs give the very same result, and `portfolio` is equal when {@link resolvePortfolioOnce} gave it. */
export function resolveStrategyOnce(
  strategy: ResourceObject,
  portfolio: ResolvedPortfolio | BlockedPortfolio | undefined,
  findPolicy: FindPolicy,
  findRole: FindRole = () => undefined,
): ResolvedStrategy | BlockedStrategy {
  return once(strategies, strategy, portfolio, { findPolicy, findRole }, (find) =>
    resolveStrategy(strategy, portfolio, find.findPolicy, find.findRole),
  );
}

interface Finders {
  readonly findPolicy: FindPolicy;
  readonly findRole: FindRole;
}

function once<T>(memory: Memory<T>, object: ResourceObject, beside: unknown, finders: Finders, resolve: (find: Finders) => T): T {
  const { spec } = object;
  const { name } = object.metadata;
  if (typeof spec !== 'object' || spec === null) return resolve(finders);
  const held = memory.get(spec);
  if (held !== undefined && held.name === name && held.beside === beside && isCurrent(held, finders)) return held.result;
  const policies = new Map<string, unknown>();
  const roles = new Map<string, unknown>();
  const result = resolve({ findPolicy: noting(finders.findPolicy, policies), findRole: noting(finders.findRole, roles) });
  memory.set(spec, { name, beside, policies, roles, result });
  return result;
}

/** Notes the spec of each object that was asked for, found or not. */
function noting(find: FindPolicy, specs: Map<string, unknown>): FindPolicy {
  return (name) => {
    const found = find(name);
    specs.set(name, found?.spec);
    return found;
  };
}

function isCurrent({ policies, roles }: Pick<Remembered<unknown>, 'policies' | 'roles'>, { findPolicy, findRole }: Finders): boolean {
  return areSame(policies, findPolicy) && areSame(roles, findRole);
}

function areSame(specs: ReadonlyMap<string, unknown>, find: FindPolicy): boolean {
  for (const [name, spec] of specs) if (find(name)?.spec !== spec) return false;
  return true;
}
