/** Variants of a set of NetworkPolicies that each have one mistake, to prove that a test finds it. */
import type { NetworkPolicy } from './network-world.ts';

export interface BrokenPolicies {
  /** Names the policy and the mistake. */
  readonly what: string;
  readonly policies: readonly NetworkPolicy[];
}

type Rule = NonNullable<NetworkPolicy['spec']['egress']>[number];

const WORLD = { ipBlock: { cidr: '0.0.0.0/0' } };

export function brokenPolicies(policies: readonly NetworkPolicy[]): readonly BrokenPolicies[] {
  return policies.flatMap((policy) => {
    const variant = (what: string, ...instead: readonly NetworkPolicy[]): BrokenPolicies => ({
      what: `${policy.metadata.name}: ${what}`,
      policies: policies.flatMap((one) => (one === policy ? instead : [one])),
    });
    return [
      variant('is missing'),
      variant('selects every pod', { ...policy, spec: { ...policy.spec, podSelector: {} } }),
      ...brokenRules(policy).map(([what, broken]) => variant(what, broken)),
    ];
  });
}

function brokenRules(policy: NetworkPolicy): readonly (readonly [string, NetworkPolicy])[] {
  return (['ingress', 'egress'] as const).flatMap((direction) => {
    const rules = policy.spec[direction] ?? [];
    return rules.flatMap((rule, index) =>
      brokenRule(direction, rule).map(([what, ...instead]): readonly [string, NetworkPolicy] => [
        `rule ${index} of ${direction} ${what}`,
        { ...policy, spec: { ...policy.spec, [direction]: rules.flatMap((one) => (one === rule ? instead : [one])) } },
      ]),
    );
  });
}

function brokenRule(direction: 'ingress' | 'egress', rule: Rule): readonly (readonly [string, ...Rule[]])[] {
  const { ports: _, ...withoutPorts } = rule;
  const side = direction === 'ingress' ? 'from' : 'to';
  const peers = rule[side];
  const open: readonly (readonly [string, ...Rule[]])[] =
    peers === undefined
      ? []
      : [
          ['names no peers', { ports: rule.ports ?? [] }],
          ['adds every address', { ...rule, [side]: [...peers, WORLD] }],
        ];
  return [['is missing'], ['names no ports', withoutPorts], ...open];
}
