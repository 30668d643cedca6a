/** The job on a real API server. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { killSwitchResource } from '@flotilla/contracts/resources/kill-switch.ts';
import { portfolioResource } from '@flotilla/contracts/resources/portfolio.ts';
import { strategyResource } from '@flotilla/contracts/resources/strategy.ts';
import { customResourceDefinition } from '@flotilla/crds/generate.ts';
import { haltFinalizer, KINDS } from '../kinds.ts';
import { type Cluster, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { applyDefinition, startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { portfolio } from '../testing/objects.ts';

let server: TestApiServer;
let cluster: Cluster;

before(async () => {
  server = await startTestApiServer();
  cluster = server.connect();
  await cluster.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'trading' } });
  for (const resource of [portfolioResource, strategyResource, killSwitchResource]) {
    await applyDefinition(cluster, customResourceDefinition(resource) as unknown as Parameters<typeof applyDefinition>[1]);
  }
});
after(() => server.stop());

function runJob(): { readonly status: number | null; readonly stdout: string } {
  const env = { PATH: process.env['PATH'], KUBECONFIG: server.kubeconfigPath, FLOTILLA_NAMESPACE: 'trading' };
  return spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts')], { env, encoding: 'utf8' });
}

test('uninstall: is stopped while a Portfolio is there, and free when it is gone', async () => {
  const { apiVersion, kind, spec } = portfolio;
  const metadata = { name: 'main', namespace: 'trading' };
  await cluster.create(KINDS.portfolio, { apiVersion: apiVersion ?? '', kind: kind ?? '', metadata, spec });
  const stopped = runJob();
  assert.equal(stopped.status, 1);
  assert.match(stopped.stdout, /found 1\.\n.*\n {2}kubectl -n trading delete portfolios\.flotilla\.dev\/main\n/);
  await cluster.delete(KINDS.portfolio, metadata);
  const free = runJob();
  assert.equal(free.status, 0, free.stdout);
  assert.equal(free.stdout, 'nothing of Flotilla in trading needs the operator\n');
});

test('uninstall: is stopped, by name, while a KillSwitch has the finalizer of this operator, and not by one of another', async () => {
  const { apiVersion, kind } = KINDS.killSwitch;
  const spec = { scope: { type: 'All' }, reason: 'drill' };
  for (const [name, namespace] of [
    ['ours', 'trading'],
    ['of-others', 'elsewhere'],
  ] as const) {
    await cluster.create(KINDS.killSwitch, { apiVersion, kind, metadata: { name, finalizers: [haltFinalizer(namespace)] }, spec });
  }
  const stopped = runJob();
  assert.equal(stopped.status, 1);
  assert.match(stopped.stdout, /\n {2}kubectl delete killswitches\.flotilla\.dev\/ours\nThen/);
  await cluster.patch(KINDS.killSwitch, { name: 'ours' }, { metadata: { finalizers: [] } });
  assert.equal(runJob().status, 0);
});
