import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileRole } from '@flotilla/contracts/access/compile-role.ts';
import { TARGET_PORTS } from '@flotilla/contracts/access/network-targets.ts';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { roleInForce } from '@flotilla/contracts/access/role-in-force.ts';
import { AGENT, finding, roleSpecs } from '@flotilla/contracts/access/testing/random-roles.ts';
import { networkSettings, loadConfig } from '@flotilla/runtime/config.ts';
import { z } from 'zod';
import { TEST_SETTINGS } from '../testing/objects.ts';
import { networkPolicyManifest } from './network-policy.ts';
import { deniedTargets, networkEnvironment } from './network-targets.ts';
import { serverUrls, type WorkloadSettings } from './settings.ts';

const SETTINGS: WorkloadSettings = {
  ...TEST_SETTINGS,
  natsUrl: 'nats://flotilla-nats.trading.svc:4222',
  redisUrl: 'redis://flotilla-redis.trading.svc:6379',
  policyEngine: 'Expected',
  operatorHost: 'flotilla-operator.trading.svc',
};
const namesFor = (principal: Principal, settings = SETTINGS): readonly string[] =>
  deniedTargets(compileRole(undefined, principal).network, settings).map(({ name }) => name);

test('deniedTargets: gives each principal what its policy denies', () => {
  const all = ['apiServer', 'store', 'operator', 'gateway', 'metadata'];
  assert.deepEqual(namesFor(AGENT), all);
  assert.deepEqual(namesFor({ role: 'Exec', portfolio: 'main' }), all);
  assert.deepEqual(namesFor({ role: 'AuditWriter' }), all);
  assert.deepEqual(namesFor({ role: 'Gateway' }), ['apiServer', 'operator', 'metadata']);
  assert.deepEqual(namesFor({ role: 'Reader' }), []);
});

test('deniedTargets: leaves out an address whose port the policy opens elsewhere', () => {
  assert.deepEqual(namesFor(AGENT, { ...SETTINGS, otlpEndpoint: 'https://collector.example.com' }), [
    'store',
    'operator',
    'gateway',
    'metadata',
  ]);
  const sameServer = { ...SETTINGS, redisUrl: 'redis://cache.example.com:4222', operatorHost: 'flotilla-operator.trading.svc' };
  assert.deepEqual(namesFor(AGENT, sameServer), ['apiServer', 'operator', 'gateway', 'metadata']);
});

test('deniedTargets: leaves out the API server also when a port behind its Service is open elsewhere', () => {
  assert.ok(!namesFor(AGENT, { ...SETTINGS, otlpEndpoint: 'http://collector.example.com:6443' }).includes('apiServer'));
  const hosts = [{ cidr: '10.0.0.0/16', ports: [6443, 8003, 80], purpose: 'x' }];
  const role = { ok: true, name: 'r', spec: { publications: 'Deliver', onLeak: 'Pause', hosts } } as const;
  const { network } = compileRole(role, AGENT);
  assert.deepEqual(network.denied, ['store', 'gateway', 'metadata']);
  assert.deepEqual(
    deniedTargets(network, SETTINGS).map(({ name }) => name),
    ['store', 'gateway', 'metadata'],
  );
});

test('deniedTargets: no port of a target is open in the NetworkPolicy of the same compile, whatever the AgentRole', () => {
  fc.assert(
    fc.property(roleSpecs, (spec) => {
      const role = roleInForce({ agentRoleRef: { name: 'r' }, instruments: [] }, finding(spec));
      const { network } = compileRole(role, AGENT);
      const policy = networkPolicyManifest({
        belonging: { component: 'agent', instance: 'x-agent' },
        namespace: 'trading',
        owner: undefined,
        reaches: serverUrls(network.servers, SETTINGS),
        hosts: network.hosts,
        healthPort: 8_002,
      });
      const { egress } = policy['spec'] as { readonly egress: readonly { readonly ports: readonly { readonly port: number }[] }[] };
      const open = egress.flatMap(({ ports }) => ports.map(({ port }) => port));
      for (const { name, port } of deniedTargets(network, SETTINGS)) {
        if (name !== 'metadata') assert.ok(![port, ...TARGET_PORTS[name]].some((one) => open.includes(one)), `${name}: ${open.join(' ')}`);
      }
    }),
  );
});

test('networkEnvironment: the service reads the addresses, and gets none where no engine is expected', () => {
  const { network } = compileRole(undefined, { role: 'Gateway' });
  const [variable, ...more] = networkEnvironment(network, SETTINGS);
  assert.ok(variable !== undefined && 'value' in variable && more.length === 0);
  const read = loadConfig('gateway', z.object(networkSettings), { [variable.name]: variable.value }).FLOTILLA_NETWORK_TARGETS;
  assert.deepEqual(read, {
    permitted: { host: 'flotilla-nats.trading.svc', port: 4222 },
    denied: [
      { name: 'apiServer', host: 'kubernetes.default.svc', port: 443 },
      { name: 'operator', host: 'flotilla-operator.trading.svc', port: 8003 },
      { name: 'metadata', host: '169.254.169.254', port: 80 },
    ],
  });
  assert.deepEqual(networkEnvironment(network, { ...SETTINGS, policyEngine: 'None' }), []);
  assert.deepEqual(networkEnvironment(network, TEST_SETTINGS), []);
});
