import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type NetworkPolicy, type PolicyPod, selects } from './policy-objects.ts';
import { policyRuleset } from './policy-ruleset.ts';

const NAMESPACES = [
  { metadata: { name: 'trading', labels: { tenant: 'one' } } },
  { metadata: { name: 'watching', labels: { monitoring: 'true' } } },
];

function pod(
  name: string,
  address: string | undefined,
  changes: { readonly namespace?: string; readonly spec?: PolicyPod['spec'] } = {},
): PolicyPod {
  return {
    metadata: { name, namespace: changes.namespace ?? 'trading', labels: { app: name } },
    ...(changes.spec === undefined ? {} : { spec: changes.spec }),
    status: { phase: 'Running', ...(address === undefined ? {} : { podIP: address }) },
  };
}

function policy(spec: NetworkPolicy['spec']): NetworkPolicy {
  return { metadata: { name: 'p', namespace: 'trading' }, ...(spec === undefined ? {} : { spec }) };
}

/** The lines of a chain, trimmed. */
function chainOf(ruleset: string, name: string): readonly string[] {
  const found = new RegExp(`chain ${name} \\{\\n([^}]*?)\\n  \\}`, 's').exec(ruleset.replaceAll(/\{ ([\d., /]+) \}/g, '<$1>'));
  return (found?.[1] ?? '').split('\n').map((line) => line.trim());
}

const PODS = [
  pod('nats', '10.0.0.1', { spec: { containers: [{ ports: [{ name: 'client', containerPort: 4222 }] }] } }),
  pod('agent', '10.0.0.2'),
  pod('prometheus', '10.0.0.3', { namespace: 'watching' }),
];

function rulesOf(spec: NetworkPolicy['spec'], name: string): readonly string[] {
  return chainOf(policyRuleset({ pods: PODS, policies: [policy(spec)], namespaces: NAMESPACES }), name);
}

test('policyRuleset: leaves everything open, when no policy selects a pod', () => {
  const text = policyRuleset({ pods: PODS, policies: [], namespaces: NAMESPACES });
  assert.doesNotMatch(text, /drop/);
});

test('policyRuleset: denies a direction whole, when the policy has no rule for it', () => {
  assert.deepEqual(rulesOf({ podSelector: {}, policyTypes: ['Egress'] }, 'egress_1'), ['counter drop']);
  assert.deepEqual(rulesOf({ podSelector: {}, policyTypes: ['Egress'] }, 'ingress_1'), ['']);
});

const CASES: readonly {
  readonly why: string;
  readonly spec: NetworkPolicy['spec'];
  readonly chain: string;
  readonly want: readonly string[];
}[] = [
  {
    why: 'a rule without peers is for everybody',
    spec: { podSelector: { matchLabels: { app: 'nats' } }, ingress: [{ ports: [{ port: 8080 }] }] },
    chain: 'ingress_0',
    want: ['tcp dport 8080 return', 'counter drop'],
  },
  {
    why: 'an empty rule allows everything',
    spec: { podSelector: { matchLabels: { app: 'nats' } }, ingress: [{}] },
    chain: 'ingress_0',
    want: ['return', 'counter drop'],
  },
  {
    why: "a pod selector alone means pods of the policy's own namespace",
    spec: { podSelector: { matchLabels: { app: 'nats' } }, ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 'client' }] }] },
    chain: 'ingress_0',
    want: ['ip saddr <10.0.0.1, 10.0.0.2> tcp dport 4222 return', 'counter drop'],
  },
  {
    why: 'a namespace selector alone means all pods of those namespaces',
    spec: { podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { monitoring: 'true' } } }] }] },
    chain: 'ingress_1',
    want: ['ip saddr <10.0.0.3> return', 'counter drop'],
  },
  {
    why: 'a rule whose peers match no pod allows no connection',
    spec: { podSelector: {}, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'ghost' } } }] }] },
    chain: 'ingress_1',
    want: ['counter drop'],
  },
  {
    why: 'a block is taken without its exceptions',
    spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }] }] },
    chain: 'egress_1',
    want: ['ip daddr 0.0.0.0/0 ip daddr != <10.0.0.0/8> return', 'counter drop'],
  },
  {
    why: 'a named port of an egress rule is looked up at the pods that are called',
    spec: {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: { matchLabels: { app: 'nats' } } }], ports: [{ port: 'client' }] }],
    },
    chain: 'egress_1',
    want: ['ip daddr <10.0.0.1> tcp dport 4222 return', 'counter drop'],
  },
  {
    why: 'ports may be ranges and protocols',
    spec: {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [{ ports: [{ port: 53, protocol: 'UDP' }, { port: 100, endPort: 200 }, { protocol: 'TCP' }] }],
    },
    chain: 'egress_1',
    want: ['meta l4proto tcp return', 'tcp dport 100-200 return', 'udp dport 53 return', 'counter drop'],
  },
];

for (const { why, spec, chain, want } of CASES) {
  test(`policyRuleset: allows what a rule says, when ${why}`, () => {
    assert.deepEqual(rulesOf(spec, chain), want);
  });
}

test('policyRuleset: takes the union, when two policies select one pod', () => {
  const policies = [80, 81].map((port) => policy({ podSelector: {}, ingress: [{ ports: [{ port }] }] }));
  const text = policyRuleset({ pods: PODS, policies, namespaces: NAMESPACES });
  assert.deepEqual(chainOf(text, 'ingress_1'), ['tcp dport 80 return', 'tcp dport 81 return', 'counter drop']);
});

test('policyRuleset: passes over pods without an address of their own', () => {
  const pods = [pod('agent', undefined), pod('proxy', '10.0.0.9', { spec: { hostNetwork: true } })];
  const text = policyRuleset({ pods, policies: [policy({ podSelector: {} })], namespaces: NAMESPACES });
  assert.doesNotMatch(text, /drop/);
});

const SELECTORS = [
  { why: 'the value is one of them', expression: { key: 'app', operator: 'In', values: ['a', 'b'] }, want: true },
  { why: 'the value is one of those excluded', expression: { key: 'app', operator: 'NotIn', values: ['a'] }, want: false },
  { why: 'there is no such label to be excluded', expression: { key: 'tier', operator: 'NotIn', values: ['a'] }, want: true },
  { why: 'the label is there', expression: { key: 'app', operator: 'Exists' }, want: true },
  { why: 'the label is there but must not be', expression: { key: 'app', operator: 'DoesNotExist' }, want: false },
] as const;

for (const { why, expression, want } of SELECTORS) {
  test(`selects: says ${want}, when ${why}`, () => {
    assert.equal(selects({ matchExpressions: [expression] }, { app: 'a' }), want);
  });
}
