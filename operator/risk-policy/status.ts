/** Status of a RiskPolicy: who uses it, and whether it is in force there. Pure. */
import { describeIssues } from '@flotilla/contracts/events/parse.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { riskPolicySpecSchema, type RiskPolicyStatus } from '@flotilla/contracts/resources/risk-policy.ts';
import { ready, reconciling, stalled, statusBase, type Verdict } from '../status/standard-conditions.ts';
import { policyHash, policyOf } from './effective-policy.ts';

/** As the CRD bounds it. */
const USERS_MAX = 64;

export interface PolicyUser {
  readonly kind: 'Portfolio' | 'Strategy';
  readonly name: string;
  /** exec reports that it runs a configuration with these very limits. */
  readonly confirmed: boolean;
}

export function riskPolicyStatus(policy: ResourceObject, users: readonly PolicyUser[], nowMs: number): RiskPolicyStatus {
  const parsed = riskPolicySpecSchema.safeParse(policy.spec);
  if (!parsed.success) return statusBase(policy, stalled('SpecInvalid', `spec: ${describeIssues(parsed.error)}`), nowMs);
  const unconfirmed = users.filter(({ confirmed }) => !confirmed);
  const portfolios = users.filter(({ kind }) => kind === 'Portfolio');
  return {
    ...statusBase(policy, verdictOf(users, unconfirmed), nowMs),
    policyHash: policyHash(policyOf(parsed.data)),
    portfolioCount: portfolios.length,
    strategyCount: users.length - portfolios.length,
    unconfirmedCount: unconfirmed.length,
    ...(users.length === 0 ? {} : { usedBy: firstUsers(users) }),
  };
}

function verdictOf(users: readonly PolicyUser[], unconfirmed: readonly PolicyUser[]): Verdict {
  if (users.length === 0) return ready('Unused', 'valid; no Portfolio or Strategy names it');
  const first = unconfirmed[0];
  if (first === undefined) return ready('InForce', `in force for all of its ${users.length} users`);
  return reconciling(
    'Unconfirmed',
    `exec has not confirmed it for ${unconfirmed.length} of ${users.length} users, among them ${first.kind} ${first.name}`,
  );
}

function firstUsers(users: readonly PolicyUser[]): NonNullable<RiskPolicyStatus['usedBy']> {
  const sorted = [...users].sort((a, b) => (`${a.kind}/${a.name}` < `${b.kind}/${b.name}` ? -1 : 1));
  return sorted.slice(0, USERS_MAX).map(({ kind, name, confirmed }) => ({ kind, name, confirmed: confirmed ? 'Yes' : 'No' }));
}
