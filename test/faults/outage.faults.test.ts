/** Faults of the API server as a whole: it is away and comes back, and it changes its certificate and the accepted token. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { type KubeObject, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { startTestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type Lane, startLane } from './lane.ts';
import { policy, strategy } from './objects.ts';
import { planHooks } from './plan-hooks.ts';
import { allReady, SCENARIOS } from './scenarios.ts';
import { takeStep } from './take-step.ts';
import { makeOperatorProcess, type OperatorProcess } from './world/operator-process.ts';
import { startTcpSwitch } from './world/tcp-switch.ts';

const IS_WHOLE = Number(process.env['FLOTILLA_FAULTS_PLANS'] ?? 0) >= 500;
const OUTAGE_MS = IS_WHOLE ? 30_000 : 6_000;
/** From the first answer of the API server to the first write of the operator. */
const FIRST_EVENT_MS_MAX = 5_000;
const [CREATED] = SCENARIOS.halt;

let lane: Lane;
before(async () => {
  lane = await startLane();
});
after(() => lane.stop());

interface Deployment extends KubeObject {
  readonly spec?: { readonly replicas?: number };
}

function replicas(): number | undefined {
  const deployment: Deployment | undefined = lane.truth.get(KUBERNETES_TYPES.deployment, 'btc-agent');
  return deployment?.spec?.replicas;
}

async function running(operator: OperatorProcess): Promise<void> {
  await lane.clear();
  operator.start();
  assert.ok(CREATED !== undefined);
  await takeStep(lane, CREATED);
}

const pause = (desiredState: 'Paused' | 'Running') => ({
  title: `the strategy is ${desiredState}`,
  apply: [strategy('btc', 'main', { desiredState })],
  problem: () => (replicas() === (desiredState === 'Paused' ? 0 : 1) ? allReady(lane) : `it has ${String(replicas())} replicas`),
});

test(
  `operator: goes on without a restart, when the API server was away for ${OUTAGE_MS / 1_000} s`,
  { timeout: 300_000 },
  async (context) => {
    const { process: operator } = await lane.addOperator({ name: 'outage', hooks: (current) => planHooks(lane, current) });
    await running(operator);
    const { pid } = operator;
    await lane.api.process.kill();
    await sleep(OUTAGE_MS);
    await lane.api.restart();
    const backMs = performance.now();
    await lane.cluster.apply(
      KUBERNETES_TYPES.configMap,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'back', namespace: 'trading' } },
      { fieldManager: 'user' },
    );
    const { type, manifest } = strategy('btc', 'main', { desiredState: 'Paused' });
    await lane.cluster.apply(type, manifest, { fieldManager: 'user' });
    await eventually('the agent is stopped', () => replicas() === 0, 30_000);
    const handledMs = performance.now() - backMs;
    context.diagnostic(`handled ${handledMs.toFixed(0)} ms after the API server was back`);
    assert.ok(
      handledMs <= FIRST_EVENT_MS_MAX,
      `expected the first event to be handled within ${FIRST_EVENT_MS_MAX} ms, took ${handledMs.toFixed(0)} ms`,
    );
    await takeStep(lane, pause('Running'));
    assert.deepEqual([operator.pid, operator.starts], [pid, 1], 'the same process');
    await operator.end();
  },
);

test(
  'operator: notices nothing, when certificate authority and token are rotated in the middle of its watches',
  { timeout: 300_000 },
  async (context) => {
    const successor = await startTestApiServer({ etcd: lane.api.etcd });
    context.after(() => successor.stop());
    const address = await startTcpSwitch(lane.api.port);
    context.after(() => address.stop());
    const caPath = join(lane.folder, 'ca.crt');
    const tokenPath = join(lane.folder, 'token');
    const kubeconfigPath = join(lane.folder, 'rotated.kubeconfig.yaml');
    writeFileSync(caPath, lane.api.ca);
    writeFileSync(tokenPath, lane.api.token);
    writeFileSync(
      kubeconfigPath,
      `current-context: c
contexts: [{ name: c, context: { cluster: c, user: u } }]
clusters: [{ name: c, cluster: { server: "https://127.0.0.1:${address.port}", certificate-authority: ca.crt } }]
users: [{ name: u, user: { tokenFile: token } }]
`,
    );
    const operator = await makeOperatorProcess({
      name: 'rotated',
      kubeconfigPath,
      nats: lane.nats,
      logPath: join(lane.folder, 'rotated.log'),
    });
    context.after(() => operator.end());
    await running(operator);

    // From here on each server accepts only its own token and shows only its own certificate.
    writeFileSync(tokenPath, successor.token);
    writeFileSync(caPath, successor.ca);
    address.switchTo(successor.port);
    await takeStep(lane, pause('Paused'));
    await takeStep(lane, { title: 'a limit is tightened', apply: [policy('conservative', '40000')], problem: allReady });
    assert.deepEqual(failedReconciliations(operator), [], 'no reconciliation failed');
    // Open watches of the predecessor end with it, and a request that waits for its answer breaks off. Nothing else may fail.
    await lane.api.process.kill();
    context.after(() => lane.api.restart());
    const throughSuccessor = successor.connect('user');
    const { type, manifest } = strategy('btc', 'main');
    await throughSuccessor.apply(type, manifest, { fieldManager: 'user' });
    await eventually(
      'the agent runs again',
      async () =>
        (
          await throughSuccessor.get<KubeObject & { spec: { replicas: number } }>(KUBERNETES_TYPES.deployment, {
            namespace: 'trading',
            name: 'btc-agent',
          })
        ).spec.replicas === 1,
      30_000,
    );
    assert.equal(operator.starts, 1);
    const broken = /no usable answer from the API server/;
    assert.deepEqual(
      failedReconciliations(operator).filter((message) => !broken.test(message)),
      [],
      'only requests that the end of the predecessor broke off failed',
    );
  },
);

/** Why reconciliations failed, from the operator's log. */
function failedReconciliations({ logPath }: OperatorProcess): readonly string[] {
  return readFileSync(logPath, 'utf8')
    .split('\n')
    .filter((line) => line.includes('a reconciliation failed'))
    .map((line) => {
      const { err, controller, key } = JSON.parse(line) as { readonly err?: { readonly message?: string } } & Record<string, unknown>;
      return `${String(controller)} ${String(key)}: ${err?.message ?? line}`;
    });
}
