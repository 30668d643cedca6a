/** Status of a RiskPolicy: the objects that name it, and whether their execs run its limits. Pure. */
import type { ReasonOf } from '@flotilla/contracts/conditions/condition-reasons.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { RiskPolicyStatus } from '@flotilla/contracts/resources/risk-policy.ts';
import type { ConditionInput } from '@flotilla/kube/mod.ts';
import { type DomainCondition, ready, reconciling, stalled, statusBase, type Verdict } from '../status/standard-conditions.ts';
import { policyHash, policyOf } from '../fleet/effective-policy.ts';
import { readRiskPolicySpec } from '../fleet/read-spec.ts';
import { unknownFieldsCondition } from '../status/unknown-fields.ts';

/** As the CRD bounds it. */
const USERS_MAX = 64;
/** Users that a message names. */
const USERS_NAMED_MAX = 8;
/** Digits of a hash in a message. */
const HASH_SHOWN_LENGTH = 12;

export interface PolicyUser {
  readonly kind: 'Portfolio' | 'Strategy';
  readonly name: string;
  /** The portfolio whose exec enforces the policy. */
  readonly portfolio: string;
  /** Silent: no report within 15 s. Such an exec denies orders that increase risk. */
  readonly exec: 'Reporting' | 'Silent';
  /** Hashes of this policy that its exec reports to run. */
  readonly running: readonly string[];
}

export function riskPolicyStatus(policy: ResourceObject, users: readonly PolicyUser[], nowMs: number): RiskPolicyStatus {
  const read = readRiskPolicySpec(policy);
  if (!read.ok) {
    const delivered = deliveredCondition('Unknown', read.reason, read.message);
    return statusBase(policy, stalled(read.reason, read.message), nowMs, [delivered]);
  }
  const hash = policyHash(policyOf(read.spec));
  const delivered = deliveryOf(users, hash);
  const portfolios = users.filter(({ kind }) => kind === 'Portfolio');
  return {
    ...statusBase(policy, verdictOf(policy, users, delivered), nowMs, [delivered, ...unknownFieldsCondition(read.unknownFields)]),
    policyHash: hash,
    portfolioCount: portfolios.length,
    strategyCount: users.length - portfolios.length,
    unconfirmedCount: users.filter((user) => !runs(user, hash)).length,
    ...(users.length === 0 ? {} : { usedBy: firstUsers(users, hash) }),
  };
}

function verdictOf({ metadata }: ResourceObject, users: readonly PolicyUser[], delivered: DomainCondition): Verdict {
  if (metadata.deletionTimestamp !== undefined && users.length > 0) {
    return reconciling('StillInUse', `being deleted; its limits stay in force until no object names the policy: ${named(users)}`);
  }
  return delivered.status === 'True' ? ready(delivered.reason, delivered.message) : reconciling(delivered.reason, delivered.message);
}

/** The first that holds, read top to bottom. */
function deliveryOf(users: readonly PolicyUser[], hash: string): DomainCondition {
  if (users.length === 0) return deliveredCondition('True', 'Unused', 'valid; no Portfolio or Strategy names it');
  const unconfirmed = users.filter((user) => !runs(user, hash));
  const wanted = hash.slice(0, HASH_SHOWN_LENGTH);
  if (unconfirmed.length === 0) return deliveredCondition('True', 'InForce', `all of its ${users.length} users run ${wanted}`);
  const versions = new Map<string, PolicyUser[]>();
  for (const user of users) for (const version of user.running) versions.set(version, [...(versions.get(version) ?? []), user]);
  if (versions.size > 1) {
    const who = [...versions].map(([version, holders]) => `${version.slice(0, HASH_SHOWN_LENGTH)} is run for ${named(holders)}`);
    return deliveredCondition(
      'False',
      'MixedHashes',
      `${who.join('; ')}; wanted is ${wanted}. Orders that increase risk are denied under this policy until every exec that reports runs the same limits`,
    );
  }
  const reporting = unconfirmed.filter(({ exec }) => exec === 'Reporting');
  if (reporting.length === 0) {
    return deliveredCondition(
      'False',
      'ExecSilent',
      `no exec has reported for 15 s for ${named(unconfirmed)}; an exec that cannot report denies orders that increase risk`,
    );
  }
  return deliveredCondition(
    'False',
    'Unconfirmed',
    `exec has not confirmed ${wanted} for ${reporting.length} of ${users.length} users: ${named(reporting)}`,
  );
}

function deliveredCondition(status: ConditionInput['status'], reason: ReasonOf<'RiskPolicy'>, message: string): DomainCondition {
  return { type: 'Delivered', status, reason, message };
}

/** The exec of the user runs these limits of the policy and no others. */
function runs({ exec, running }: PolicyUser, hash: string): boolean {
  return exec === 'Reporting' && running.length > 0 && running.every((one) => one === hash);
}

function named(users: readonly PolicyUser[]): string {
  const more = users.length - USERS_NAMED_MAX;
  const names = users
    .map(({ kind, name }) => `${kind} ${name}`)
    .sort()
    .slice(0, USERS_NAMED_MAX);
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Those that have not confirmed come first, then portfolios before strategies. */
function firstUsers(users: readonly PolicyUser[], hash: string): NonNullable<RiskPolicyStatus['usedBy']> {
  const rank = (user: PolicyUser): string => `${user.kind}/${user.name}`;
  const sorted = [...users].sort((a, b) => Number(runs(a, hash)) - Number(runs(b, hash)) || (rank(a) < rank(b) ? -1 : 1));
  return sorted.slice(0, USERS_MAX).map((user) => ({
    kind: user.kind,
    name: user.name,
    confirmed: runs(user, hash) ? 'Yes' : 'No',
    ...(user.running[0] === undefined ? {} : { policyHash: user.running.find((one) => one !== hash) ?? user.running[0] }),
  }));
}
