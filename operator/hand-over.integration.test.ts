/** Two operator processes on a real API server: one leads, the other one takes over, and only one writes at a time. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { portfolio, riskPolicy, strategy } from './testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from './testing/operator-fixture.ts';
import { type OperatorProcess, startOperatorProcess } from './testing/operator-process.ts';
import type { DeploymentObject } from './workload/deployment-state.ts';

const AGENT = 'btc-momentum-agent';
/** Longer than a lease, with time for a loaded machine. */
const TAKE_OVER_MS_MAX = 30_000;

const folder = mkdtempSync(join(tmpdir(), 'flotilla-hand-over-'));
const auditLog = join(folder, 'audit.log');
const processes: OperatorProcess[] = [];
let fixture: OperatorFixture;

before(async () => {
  const policy = join(folder, 'policy.yaml');
  writeFileSync(
    policy,
    JSON.stringify({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['RequestReceived'],
      rules: [{ level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete'] }, { level: 'None' }],
    }),
  );
  fixture = await startOperatorFixture({
    operator: 'none',
    apiserverArgs: [`--audit-policy-file=${policy}`, `--audit-log-path=${auditLog}`],
  });
  await Promise.all([fixture.apply(riskPolicy), fixture.apply(portfolio), fixture.apply(strategy)]);
});
after(async () => {
  for (const one of processes) one.kill('SIGKILL');
  await Promise.all(processes.map(({ ended }) => ended));
  await fixture.stop();
  rmSync(folder, { recursive: true });
});

async function start(name: string, nodeArguments: readonly string[] = []): Promise<OperatorProcess> {
  const started = await startOperatorProcess({
    name,
    kubeconfigPath: fixture.api.kubeconfigPath,
    nats: fixture.nats,
    logPath: join(folder, `${name}.log`),
    nodeArguments,
  });
  processes.push(started);
  return started;
}

const leads = (one: OperatorProcess): Promise<boolean> =>
  eventually(`${one.name} leads; its log ends with ${one.log().slice(-500)}`, () => one.isLeading(), TAKE_OVER_MS_MAX);

/** Edits a child, and waits until a leader has put the child back. */
async function provesToLead(): Promise<void> {
  await eventually('the agent is there', () => fixture.find(KUBERNETES_TYPES.deployment, AGENT), TAKE_OVER_MS_MAX);
  await fixture.cluster.patch(KUBERNETES_TYPES.deployment, { namespace: 'trading', name: AGENT }, { spec: { replicas: 3 } });
  await eventually(
    'the edit is undone',
    async () => (await fixture.find<DeploymentObject>(KUBERNETES_TYPES.deployment, AGENT))?.spec?.replicas === 1,
    TAKE_OVER_MS_MAX,
  );
}

interface AuditEvent {
  readonly userAgent?: string;
  readonly requestReceivedTimestamp: string;
  readonly verb: string;
  readonly objectRef?: { readonly resource?: string };
  readonly responseStatus?: { readonly code?: number };
}

/** Writers in the order of time, one entry for each turn, without writes of the lease. */
function writersInTurn(): readonly string[] {
  const writes = readFileSync(auditLog, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ objectRef, responseStatus }) => objectRef?.resource !== 'leases' && (responseStatus?.code ?? 500) < 400)
    .toSorted((left, right) => (left.requestReceivedTimestamp < right.requestReceivedTimestamp ? -1 : 1))
    .flatMap(({ userAgent = '' }) => /^flotilla-operator\/dev \((.*)\)$/.exec(userAgent)?.[1] ?? []);
  return writes.filter((writer, index) => writer !== writes[index - 1]);
}

test('operator: hands over when it is told to stop, and a standby was ready before', async () => {
  const first = await start('first');
  await leads(first);
  const second = await start('second');
  assert.equal(await second.isLeading(), false);
  await provesToLead();
  first.kill('SIGTERM');
  assert.equal(await first.ended, 0);
  await provesToLead();
  assert.equal(await second.isLeading(), true);
  assert.deepEqual(writersInTurn(), ['first', 'second']);
});

test('operator: is replaced when it is killed, once its lease has run out', async () => {
  const third = await start('third');
  const [, second] = processes;
  second?.kill('SIGKILL');
  await leads(third);
  await provesToLead();
  assert.deepEqual(writersInTurn(), ['first', 'second', 'third']);
});

test('operator: ends and writes nothing, when it was frozen for longer than its lease', async () => {
  const third = processes[2] as OperatorProcess;
  const fourth = await start('fourth');
  third.kill('SIGSTOP');
  await leads(fourth);
  await provesToLead();
  third.kill('SIGCONT');
  assert.notEqual(await third.ended, 0);
  await provesToLead();
  assert.deepEqual(writersInTurn(), ['first', 'second', 'third', 'fourth']);
});

test('operator: is killed by its watchdog, and replaced, when its event loop is blocked', async () => {
  const fourth = processes[3] as OperatorProcess;
  const blocker = join(folder, 'block-on-usr2.mjs');
  writeFileSync(blocker, `process.on('SIGUSR2', () => { for (;;); });\n`);
  const fifth = await start('fifth', ['--import', blocker]);
  fourth.kill('SIGTERM');
  await fourth.ended;
  await leads(fifth);
  await provesToLead();
  const sixth = await start('sixth');
  fifth.kill('SIGUSR2');
  assert.equal(await fifth.ended, 'SIGKILL');
  await leads(sixth);
  await provesToLead();
  assert.deepEqual(writersInTurn(), ['first', 'second', 'third', 'fourth', 'fifth', 'sixth']);
});

test('operator: goes on as the same process, when the API server was away for longer than its term', async () => {
  const sixth = processes[5] as OperatorProcess;
  await fixture.api.process.kill();
  await eventually('it knows that it must not write', async () => !(await sixth.isLeading()), TAKE_OVER_MS_MAX);
  assert.equal(await sixth.ask('/live'), 200, 'a restart would not help');
  await fixture.api.restart();
  await provesToLead();
  assert.equal(sixth.hasEnded(), false);
  assert.equal(await sixth.isLeading(), true);
});
