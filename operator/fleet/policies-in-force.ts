/** Finds the RiskPolicies of a portfolio or a strategy that some exec does not run yet. Pure. */
import type { PolicyVersion } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';

/** Policies and portfolios that a message names. */
const POLICIES_NAMED_MAX = 4;
const HOLDERS_NAMED_MAX = 8;

/** Names of the policies whose newest limits the exec does not run yet; none for an exec that does not report policies. */
export function unconfirmedPolicies(policies: readonly PolicyVersion[], exec: ExecStatus): readonly string[] {
  if (exec.policies === undefined) return [];
  const runs = new Set(exec.policies.map(({ name, hash }) => `${name} ${hash}`));
  return policies.filter(({ name, hash }) => !runs.has(`${name} ${hash}`)).map(({ name }) => name);
}

/** Names of the policies of which another exec may run other limits, as the exec has been told. */
export function unsettledPolicies(policies: readonly PolicyVersion[], exec: ExecStatus): readonly string[] {
  const names = new Set(policies.map(({ name }) => name));
  return (exec.policies ?? []).filter(({ name, delivery }) => delivery === 'Delivering' && names.has(name)).map(({ name }) => name);
}

/** `RiskPolicy a, of which the exec of Portfolio b runs other limits; RiskPolicy c` */
export function listOtherHolders(policies: readonly string[], holders: ReadonlyMap<string, readonly string[]>): string {
  const words = policies.slice(0, POLICIES_NAMED_MAX).map((name) => {
    const others = holders.get(name) ?? [];
    return `RiskPolicy ${name}${others.length === 0 ? '' : `, of which the exec of ${listPortfolios(others)} runs other limits`}`;
  });
  return words.join('; ');
}

function listPortfolios(names: readonly string[]): string {
  const more = names.length - HOLDERS_NAMED_MAX;
  return `${names.length === 1 ? 'Portfolio' : 'Portfolios'} ${names.slice(0, HOLDERS_NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
