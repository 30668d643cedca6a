/**
 * Which RiskPolicies are settled for one portfolio: no other exec runs other limits of them. Pure.
 *
 * A changed policy goes out in two steps. The first configuration has the new limits, which bite at once, and says Delivering: exec denies
 * increases. When no exec that is heard runs other limits any more, the second one says Settled. Both steps follow from what is, so an
 * operator that dies in between is replaced by one that goes on where it stood.
 */
import type { ExecConfig, PolicyVersion } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';

/** What is known of the execs of all portfolios. */
export interface HeardExecs {
  /** False: reports were not read yet, so that silence means nothing. */
  readonly complete: boolean;
  /** Those that reported within the last 15 s; an exec that cannot report denies increases by itself before. */
  readonly statuses: readonly ExecStatus[];
}

/** @param last the configuration in force, whose word stands while nothing is known */
export function settledPolicies(
  portfolio: string,
  versions: readonly PolicyVersion[],
  heard: HeardExecs,
  last: ExecConfig | undefined,
): NonNullable<ExecConfig['policies']> {
  const unique = new Map(versions.map((version) => [version.name, version]));
  return [...unique.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((version) => {
      const mixed = holdersOfOtherLimits(version, portfolio, heard).length > 0;
      const known = heard.complete || wasSettled(version, last);
      return { ...version, delivery: mixed || !known ? ('Delivering' as const) : ('Settled' as const) };
    });
}

/** Portfolios other than this one whose exec runs other limits of the policy, or does not say which. */
export function holdersOfOtherLimits({ name, hash }: PolicyVersion, portfolio: string, { statuses }: HeardExecs): readonly string[] {
  return statuses
    .filter((status) => status.portfolio !== portfolio && runsOtherLimits(status, name, hash))
    .map((status) => status.portfolio)
    .sort();
}

/** An exec without a configuration runs no limits and increases nothing; one that does not tell may run any. */
function runsOtherLimits({ configHash, policies }: ExecStatus, name: string, hash: string): boolean {
  if (policies === undefined) return configHash !== undefined;
  return policies.some((version) => version.name === name && version.hash !== hash);
}

function wasSettled({ name, hash }: PolicyVersion, last: ExecConfig | undefined): boolean {
  return (last?.policies ?? []).some((one) => one.name === name && one.hash === hash && one.delivery === 'Settled');
}
