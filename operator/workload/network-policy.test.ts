import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkPolicyManifest } from './network-policy.ts';

interface Spec {
  readonly egress: readonly { readonly to?: readonly unknown[]; readonly ports: readonly { readonly port: number }[] }[];
  readonly ingress: readonly { readonly from?: readonly unknown[]; readonly ports?: readonly { readonly port: number }[] }[];
}

function specFor(reaches: readonly string[], openPort?: number): Spec {
  const belonging = { component: 'agent', instance: 'x-agent' } as const;
  const manifest = networkPolicyManifest({
    belonging,
    namespace: 'trading',
    owner: undefined,
    reaches,
    ...(openPort === undefined ? {} : { openPort }),
  });
  return manifest['spec'] as Spec;
}

const inNamespace = (name: string) => [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } }];

const cases = [
  { url: 'nats://10.0.0.1:4223', to: [{ ipBlock: { cidr: '10.0.0.1/32' } }], port: 4223, reason: 'an address is that address alone' },
  { url: 'nats://[fd00::1]:4222', to: [{ ipBlock: { cidr: 'fd00::1/128' } }], port: 4222, reason: 'also of version 6' },
  { url: 'nats://flotilla-nats', to: [{ podSelector: {} }], port: 4222, reason: 'a short name is a Service of the same namespace' },
  { url: 'redis://flotilla-redis.trading.svc', to: inNamespace('trading'), port: 6379, reason: 'a Service names its namespace' },
  { url: 'redis://r.shared.svc.cluster.local:6380', to: inNamespace('shared'), port: 6380, reason: 'with the domain of the cluster too' },
  { url: 'tls://bus.example.com', to: undefined, port: 4222, reason: 'a policy knows no names of the outside' },
] as const;

for (const { url, to, port, reason } of cases) {
  test(`networkPolicyManifest: opens ${url} as narrowly as can be, ${reason}`, () => {
    const [rule] = specFor([url]).egress;
    assert.deepEqual(rule, { ...(to === undefined ? {} : { to }), ports: [{ protocol: 'TCP', port }] });
  });
}

test('networkPolicyManifest: lets pods resolve names, and nobody call them but who monitors', () => {
  const { egress, ingress } = specFor([]);
  assert.deepEqual(
    egress.map(({ ports }) => ports.map(({ port }) => port)),
    [[53, 53]],
  );
  assert.deepEqual(ingress, [{ from: [{ namespaceSelector: { matchLabels: { 'flotilla.dev/monitoring': 'true' } } }] }]);
  assert.deepEqual(specFor([], 8_001).ingress, [{ ports: [{ protocol: 'TCP', port: 8_001 }] }]);
});
