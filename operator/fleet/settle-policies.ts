/**
 * Which RiskPolicies are settled for one portfolio: no other exec runs other limits of them, or is about to. Pure.
 *
 * A changed policy goes out in two steps. The first configuration has the new limits, which bite at once, and says Delivering: exec denies
 * increases. The second one says Settled, when no exec that is heard runs other limits any more, and no configuration of another portfolio
 * names other ones. Both steps follow from what is, so an operator that dies in between is replaced by one that goes on where it stood.
 *
 * Why no two execs take risk under different limits, however late a decision is written: Settled replaces Delivering of the same limits alone,
 * by compare-and-set. Of two portfolios that settled different limits, the one that decided later found the other's Delivering written.
 */
import type { ExecConfig, PolicyVersion } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';

/** Facts about all portfolios. */
export interface HeardExecs {
  /** False: the operator has not read the reports yet, so silence means nothing. */
  readonly complete: boolean;
  /** Execs that reported within the last 15 s. An exec that cannot report denies increases before that time has passed. */
  readonly statuses: readonly ExecStatus[];
  /** Configurations in force on the bus. Undefined: the operator did not read them, so no policy becomes settled. */
  readonly written?: readonly Pick<ExecConfig, 'portfolio' | 'policies'>[] | undefined;
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
      const standing = standingOf(version, last);
      const maySettle = standing?.delivery === 'Settled' || (standing !== undefined && heard.complete && heard.written !== undefined);
      const mixed = holdersOfOtherLimits(version, portfolio, heard).length > 0;
      return { ...version, delivery: maySettle && !mixed ? ('Settled' as const) : ('Delivering' as const) };
    });
}

/** Whether reading the configurations of all portfolios could settle a policy. */
export function wouldSettle(config: ExecConfig | undefined, last: ExecConfig | undefined): boolean {
  return (config?.policies ?? []).some((version) => version.delivery === 'Delivering' && standingOf(version, last) !== undefined);
}

/** Whether the configuration in force has the same limits. */
function standingOf({ name, hash }: PolicyVersion, last: ExecConfig | undefined): NonNullable<ExecConfig['policies']>[number] | undefined {
  return last?.policies?.find((one) => one.name === name && one.hash === hash);
}

/** Other portfolios whose exec runs other limits of the policy, or does not report them, or is configured to run others. */
export function holdersOfOtherLimits(
  { name, hash }: PolicyVersion,
  portfolio: string,
  { statuses, written = [] }: HeardExecs,
): readonly string[] {
  const holders = [
    ...statuses.filter((status) => runsOtherLimits(status, name, hash)),
    ...written.filter(({ policies = [] }) => namesOther(policies, name, hash)),
  ].map((one) => one.portfolio);
  return [...new Set(holders)].filter((one) => one !== portfolio).sort();
}

/** An exec without a configuration runs no limits and accepts no increase. An exec that does not report its limits may run any. */
function runsOtherLimits({ configHash, policies }: ExecStatus, name: string, hash: string): boolean {
  return policies === undefined ? configHash !== undefined : namesOther(policies, name, hash);
}

function namesOther(policies: readonly PolicyVersion[], name: string, otherThan: string): boolean {
  return policies.some((version) => version.name === name && version.hash !== otherThan);
}
