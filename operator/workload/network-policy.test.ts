import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkPolicyManifest } from './network-policy.ts';
import {
  DEFAULT_NETWORK_REACH,
  dnsPeersSetting,
  dnsPortsSetting,
  externalCidrsSetting,
  hostPeersSetting,
  type NetworkReach,
} from './network-reach.ts';

interface Spec {
  readonly egress: readonly { readonly to?: readonly unknown[]; readonly ports: readonly { readonly port: number }[] }[];
  readonly ingress: readonly { readonly from?: readonly unknown[]; readonly ports?: readonly { readonly port: number }[] }[];
}

function specFor(reaches: readonly string[], more: { readonly publicPort?: number; readonly network?: NetworkReach } = {}): Spec {
  const belonging = { component: 'agent', instance: 'x-agent' } as const;
  const manifest = networkPolicyManifest({
    belonging,
    namespace: 'trading',
    owner: undefined,
    reaches,
    healthPort: 8_002,
    ...more,
  });
  return manifest['spec'] as Spec;
}

const inNamespace = (name: string) => [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } }];

const everyAddress = [
  { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } },
  { ipBlock: { cidr: '::/0', except: ['fe80::/10', 'fd00:ec2::254/128'] } },
];

const cases = [
  { url: 'nats://10.0.0.1:4223', to: [{ ipBlock: { cidr: '10.0.0.1/32' } }], port: 4223, reason: 'an address is that address alone' },
  { url: 'nats://[fd00::1]:4222', to: [{ ipBlock: { cidr: 'fd00::1/128' } }], port: 4222, reason: 'also of version 6' },
  { url: 'nats://flotilla-nats', to: [{ podSelector: {} }], port: 4222, reason: 'a short name is a Service of the same namespace' },
  { url: 'redis://flotilla-redis.trading.svc', to: inNamespace('trading'), port: 6379, reason: 'a Service names its namespace' },
  { url: 'redis://r.shared.svc.cluster.local:6380', to: inNamespace('shared'), port: 6380, reason: 'with the domain of the cluster too' },
  { url: 'tls://bus.example.com', to: everyAddress, port: 4222, reason: 'a policy knows no names, and no metadata service is a bus' },
] as const;

for (const { url, to, port, reason } of cases) {
  test(`networkPolicyManifest: opens ${url} as narrowly as can be, ${reason}`, () => {
    const [rule] = specFor([url]).egress;
    assert.deepEqual(rule, { to, ports: [{ protocol: 'TCP', port }] });
  });
}

test('networkPolicyManifest: allows DNS at the cluster’s DNS service alone', () => {
  const { egress } = specFor([]);
  assert.deepEqual(egress, [
    {
      to: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
          podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
        },
      ],
      ports: [
        { protocol: 'UDP', port: 53 },
        { protocol: 'TCP', port: 53 },
      ],
    },
  ]);
});

test('networkPolicyManifest: opens a host name outside the cluster to the ranges that the installation names', () => {
  const network = { ...DEFAULT_NETWORK_REACH, externalCidrs: ['198.51.100.0/24'] };
  const [rule] = specFor(['tls://bus.example.com'], { network }).egress;
  assert.deepEqual(rule, { to: [{ ipBlock: { cidr: '198.51.100.0/24' } }], ports: [{ protocol: 'TCP', port: 4222 }] });
});

test('networkPolicyManifest: opens a host to the peers that the installation names for it, whatever the host looks like', () => {
  const bus = [{ podSelector: { matchLabels: { app: 'bus' } } }];
  for (const host of ['flotilla-nats.trading.svc', 'bus.example.com', '10.0.0.1']) {
    const [named, other] = specFor([`nats://${host}`, 'redis://10.0.0.2'], {
      network: { ...DEFAULT_NETWORK_REACH, hostPeers: { [host]: bus } },
    }).egress;
    assert.deepEqual(named?.to, bus);
    assert.deepEqual(other?.to, [{ ipBlock: { cidr: '10.0.0.2/32' } }]);
  }
});

test('networkPolicyManifest: opens the health port to monitoring alone, and a public port to everybody', () => {
  const monitoring = {
    from: [{ namespaceSelector: { matchLabels: { 'flotilla.dev/monitoring': 'true' } } }],
    ports: [{ protocol: 'TCP', port: 8_002 }],
  };
  assert.deepEqual(specFor([]).ingress, [monitoring]);
  assert.deepEqual(specFor([], { publicPort: 8_001 }).ingress, [monitoring, { ports: [{ protocol: 'TCP', port: 8_001 }] }]);
});

const settingCases = [
  { setting: dnsPeersSetting, text: '[{"ipBlock":{"cidr":"10.0.0.1/32"}}]', ok: true, reason: 'an address' },
  { setting: dnsPeersSetting, text: '[{"podSelector":{"matchLabels":{"k8s-app":"dns"}}}]', ok: true, reason: 'pods' },
  { setting: dnsPeersSetting, text: '[]', ok: false, reason: 'no peer means every address' },
  { setting: dnsPeersSetting, text: '[{}]', ok: false, reason: 'an empty peer selects everything' },
  { setting: dnsPeersSetting, text: '[{"podselector":{}}]', ok: false, reason: 'a misspelt selector' },
  { setting: dnsPeersSetting, text: 'kube-dns', ok: false, reason: 'not JSON' },
  { setting: dnsPortsSetting, text: '[53,5353]', ok: true, reason: 'two ports' },
  { setting: dnsPortsSetting, text: '[]', ok: false, reason: 'no port means every port' },
  { setting: externalCidrsSetting, text: '["10.0.0.0/8"]', ok: true, reason: 'a range' },
  { setting: externalCidrsSetting, text: '["bus.example.com"]', ok: false, reason: 'a name' },
  { setting: hostPeersSetting, text: '{"bus":[{"podSelector":{"matchLabels":{"app":"bus"}}}]}', ok: true, reason: 'pods behind a name' },
  { setting: hostPeersSetting, text: '{"bus":[]}', ok: false, reason: 'no peer means every address' },
] as const;

for (const { setting, text, ok, reason } of settingCases) {
  test(`network settings: ${ok ? 'take' : 'refuse'} ${text}, ${reason}`, () => {
    assert.equal(setting.safeParse(text).success, ok);
  });
}
