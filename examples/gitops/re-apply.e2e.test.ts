/**
 * The manifests of the example applied twenty times (`FLOTILLA_APPLIES`), as kubectl, Flux and Argo CD do it, to a fleet that runs: nothing is written, nothing
 * differs, nothing restarts.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { testCluster } from '@flotilla/local/testing/start-cluster.ts';
import { eventually } from '@flotilla/local/testing/eventually.ts';
import { kustomize } from './testing/kustomize.ts';

const TIMES = Number(process.env['FLOTILLA_APPLIES'] ?? 20);
/** Copies that one run of kubectl applies one after the other: what counts are the requests, not the starts of a program. */
const TIMES_PER_RUN = 20;
const READY_MS_MAX = 180_000;
const NAMESPACE = 'trading';
/** All that the operator and the controllers of Kubernetes keep for a fleet. */
const NAMESPACED =
  'strategies,portfolios,riskpolicies,signalsources,deployments,replicasets,pods,services,configmaps,serviceaccounts,networkpolicies,secrets,persistentvolumeclaims';

const cluster = testCluster();
const manifests = `${kustomize('platform/accounts/prod')}---\n${kustomize('trading/prod')}`;

interface Listed {
  readonly items: readonly {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string; readonly generation?: number };
    readonly status?: { readonly containerStatuses?: readonly { readonly restartCount: number }[] };
  }[];
}

before(async () => {
  const { code, output } = await cluster.local('up', '--brief');
  assert.equal(code, 0, output);
  await cluster.kubectl([
    'create',
    'secret',
    'generic',
    'desk-webhook',
    '-n',
    NAMESPACE,
    `--from-literal=secret=${'of-a-test-'.repeat(4)}`,
  ]);
  await cluster.kubectl(['apply', '-f', '-'], manifests);
  for (const object of [
    'portfolio/main',
    'riskpolicy/conservative',
    'strategy/btc-momentum',
    'strategy/desk-alerts',
    'signalsource/desk',
  ]) {
    await cluster.kubectl(['wait', object, '-n', NAMESPACE, '--for=condition=Ready', `--timeout=${READY_MS_MAX / 1_000}s`]);
  }
  // The status says when the API server was first asked, and then again every ten minutes.
  for (const object of ['portfolio/main', 'strategy/btc-momentum', 'strategy/desk-alerts'])
    await cluster.kubectl(['wait', object, '-n', NAMESPACE, '--for=jsonpath={.status.permissions.apiServer}', '--timeout=120s']);
  await quiet();
});
after(() => cluster.dispose());

/** One line for each object: its version says whether anybody wrote it, its uid and restarts whether it is still the same. */
async function fingerprints(): Promise<readonly string[]> {
  const { items } = JSON.parse(await cluster.kubectl(['get', NAMESPACED, '-n', NAMESPACE, '-o', 'json'])) as Listed;
  return items.map(({ kind, metadata, status }) => {
    const restarts = (status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
    return `${kind} ${metadata.name} uid=${metadata.uid} version=${metadata.resourceVersion} generation=${metadata.generation ?? 0} restarts=${restarts}`;
  });
}

/** Two looks show the same: what the start had to write is written. */
async function quiet(): Promise<void> {
  let last = '';
  await eventually('the writes have ended', 60_000, async () => {
    const now = (await fingerprints()).join('\n');
    const same = now === last;
    last = now;
    return same ? true : undefined;
  });
}

/** A marker of another kind that everybody sees, so that what was applied before has been handled. */
async function catchUp(): Promise<void> {
  const policy =
    kustomize('platform/accounts/prod')
      .split('---\n')
      .find((text) => text.includes('kind: RiskPolicy')) ?? '';
  await cluster.kubectl(['apply', '-f', '-'], policy.replace('name: conservative', 'name: marker'));
  await cluster.kubectl(['wait', 'riskpolicy/marker', '-n', NAMESPACE, '--for=condition=Ready', '--timeout=60s']);
  await cluster.kubectl(['delete', 'riskpolicy', 'marker', '-n', NAMESPACE]);
}

const WAYS = {
  'kubectl apply': [],
  'server-side apply, as Flux': ['--server-side', '--field-manager=kustomize-controller', '--force-conflicts'],
  'server-side apply, as Argo CD': ['--server-side', '--field-manager=argocd-controller', '--force-conflicts'],
} as const;

for (const [way, flags] of Object.entries(WAYS)) {
  test(`${way}: ${TIMES} times the same manifests change nothing and restart nothing`, async () => {
    // The first one says who owns the fields from now on.
    await cluster.kubectl(['apply', ...flags, '-f', '-'], manifests);
    await quiet();
    const before = await fingerprints();
    const copies = `${manifests}---\n`.repeat(TIMES_PER_RUN);
    for (let count = 0; count < TIMES; count += TIMES_PER_RUN) await cluster.kubectl(['apply', ...flags, '-f', '-'], copies);
    await catchUp();
    assert.deepEqual(await fingerprints(), before);
  });

  test(`${way}: kubectl diff is empty afterwards`, async () => {
    assert.equal(await cluster.kubectl(['diff', ...flags, '-f', '-'], manifests), '');
  });
}

test('kubectl diff: shows a change, so that the tests above can fail', async () => {
  const flags = WAYS['server-side apply, as Argo CD'];
  const changed = manifests.replace('desiredState: Running', 'desiredState: Paused');
  await assert.rejects(cluster.kubectl(['diff', ...flags, '-f', '-'], changed), /Paused/);
});
