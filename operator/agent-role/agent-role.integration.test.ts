/** An AgentRole on a real API server and a real bus: what it takes away is gone, by the state of the servers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { agentConsumer } from '@flotilla/contracts/bus/consumers.ts';
import { subjects } from '@flotilla/contracts/bus/subjects.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { type KubeObject, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { enterAccount } from '@flotilla/runtime/testing/enter-account.ts';
import type { RawConnection } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { KINDS } from '../kinds.ts';
import { makeObject, portfolio, riskPolicy, strategy, withSpec } from '../testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '../testing/operator-fixture.ts';
import type { DeploymentObject } from '../workload/deployment-state.ts';

const NAME = 'btc-momentum';
const DEPLOYMENT = `${NAME}-agent`;
const DECISION = `decisions.proposal.main.${NAME}`;
const PROPOSAL_ALONE = subjects.proposalAlone('main', NAME);
const INTENT = subjects.orderIntent('main', NAME);
const role = (spec: object): ResourceObject => makeObject('AgentRole', 'careful', spec);
const under = (change: object = {}): ResourceObject => withSpec(strategy, { agentRoleRef: { name: 'careful' }, ...change });

let fixture: OperatorFixture;
/** The connection of the agent, open through all tests: rights change on live connections. */
let agent: RawConnection;

before(async () => {
  fixture = await startOperatorFixture();
  for (const object of [riskPolicy, portfolio, under()]) await fixture.apply(object);
  agent = await eventually('the agent enters', () =>
    enterAccount(fixture.nats, { role: 'SignalAgent', portfolio: 'main', strategy: NAME }),
  );
});
after(async () => {
  await agent.close();
  await fixture.stop();
});

test('a role that is missing: the Strategy is Stalled, has no agent, and the bus takes none of its decisions', async () => {
  const { message } = await fixture.reason(KINDS.strategy, NAME, 'Stalled', 'AgentRoleNotFound');
  assert.match(message, /no AgentRole careful in this namespace/);
  assert.equal(await fixture.find(KUBERNETES_TYPES.deployment, DEPLOYMENT), undefined);
  await assertRefused();
});

test('a role that delivers: the agent runs, and its decisions are stored in DECISIONS', async () => {
  await fixture.apply(role({}));
  await eventually('the agent has a Deployment', () => fixture.find(KUBERNETES_TYPES.deployment, DEPLOYMENT));
  await assertStoredIn('DECISIONS');
  await fixture.reason(KINDS.agentRole, 'careful', 'Ready', 'InUse');
});

test('Proposals: on the same connection the bus stores proposals and refuses intents', async () => {
  await fixture.apply(role({ publications: 'Proposals' }));
  const answer = await eventually('a proposal is stored', () =>
    agent.request(PROPOSAL_ALONE, 'proposal', { timeout: 1_000 }).catch(() => undefined),
  );
  assert.equal(answer.json<{ readonly stream: string }>().stream, 'DECISIONS');
  const stored = await fixture.bus.last('DECISIONS', DECISION);
  assert.equal(Buffer.from(stored?.payload ?? []).toString(), 'proposal', 'stored under the subject of every proposal');
  await eventually('the intents are refused', () =>
    agent.request(INTENT, 'intent', { timeout: 1_000 }).then(
      () => false,
      () => true,
    ),
  );
  const before = await messages('DECISIONS');
  await assert.rejects(agent.request(INTENT, 'intent', { timeout: 1_000 }));
  await assert.rejects(agent.request(`${INTENT}.alone`, 'intent', { timeout: 1_000 }));
  assert.equal(await messages('DECISIONS'), before);
  assert.equal(await fixture.bus.last('DECISIONS', INTENT), undefined);
  await eventually('the agent knows', async () => {
    const deployment = await fixture.find<DeploymentObject>(KUBERNETES_TYPES.deployment, DEPLOYMENT);
    return JSON.stringify(deployment?.spec).includes('"FLOTILLA_PUBLICATIONS","value":"Proposals"');
  });
  await fixture.reason(KINDS.strategy, NAME, 'Trading', 'DecisionsProposedOnly', () => fixture.settleDeployment(DEPLOYMENT));
});

test('Proposals: the fence of the intents holds, although proposals go on', async () => {
  const throughSequence = await eventually('the status names the fence', async () => {
    const { status } = (await fixture.find<ResourceObject>(KINDS.strategy, NAME)) ?? {};
    const { revocation } = (status ?? {}) as { readonly revocation?: { readonly publications: string; readonly throughSequence: number } };
    return revocation?.publications === 'Proposals' ? revocation.throughSequence : undefined;
  });
  const answer = await agent.request(PROPOSAL_ALONE, 'another', { timeout: 1_000 });
  assert.ok(answer.json<{ readonly seq: number }>().seq > throughSequence);
  // The operator looks at all fences after it has told of an account that is new, and tells of the second one after that look.
  for (const name of ['later', 'latest']) {
    await fixture.apply(makeObject('Strategy', name, strategy.spec));
    await eventually(`the account of ${name} is told`, async () => /PRINCIPAL_OPENED/.test(await auditOf(`agent-main_${name}`)));
  }
  assert.doesNotMatch(await auditOf(`agent-main_${NAME}`), /REVOCATION_BREACHED/);
});

test('Quarantine: on the same connection the decisions go to QUARANTINE and not to DECISIONS', async () => {
  await fixture.apply(role({ publications: 'Quarantine' }));
  await assertStoredIn('QUARANTINE');
  const stored = await fixture.bus.last('QUARANTINE', `quarantine.${agentConsumer('main', NAME, []).name}.${DECISION}`);
  assert.equal(Buffer.from(stored?.payload ?? []).toString(), 'decision');
});

test('Nothing: the bus refuses the decisions of the open connection', async () => {
  await fixture.apply(role({ publications: 'Nothing' }));
  await eventually('the decisions are refused', async () => {
    await assert.rejects(publish());
    return true;
  });
  await assertRefused();
});

test('the status of a Strategy says that its role keeps its decisions', async () => {
  await fixture.settleDeployment(DEPLOYMENT);
  const { message } = await fixture.reason(KINDS.strategy, NAME, 'Trading', 'DecisionsRefused', () => fixture.settleDeployment(DEPLOYMENT));
  assert.match(message, /AgentRole careful/);
});

test('venues and hosts: the consumer filters the venues, and the NetworkPolicy opens the hosts and no more', async () => {
  const host = { cidr: '203.0.113.7/32', ports: [443], purpose: 'prices of the sponsor' };
  await fixture.apply(role({ signals: { venues: ['coinbase', 'kraken'] }, hosts: [host] }));
  await eventually('the consumer takes two venues', async () => {
    assert.deepEqual((await consumerFilter()).toSorted(), ['signals.normalized.coinbase.BTC-USD', 'signals.normalized.kraken.BTC-USD']);
    return true;
  });
  await eventually('the NetworkPolicy names the host', async () => {
    const policy = await fixture.find<KubeObject & { readonly spec: { readonly egress: readonly object[] } }>(
      KUBERNETES_TYPES.networkPolicy,
      DEPLOYMENT,
    );
    const opened = (policy?.spec.egress ?? []).filter((rule) => JSON.stringify(rule).includes('203.0.113.7/32'));
    assert.deepEqual(opened, [{ to: [{ ipBlock: { cidr: host.cidr } }], ports: [{ protocol: 'TCP', port: 443 }] }]);
    return true;
  });
  const deployment = await fixture.find<DeploymentObject>(KUBERNETES_TYPES.deployment, DEPLOYMENT);
  assert.match(JSON.stringify(deployment?.spec), /"FLOTILLA_VENUES","value":"\[\\"coinbase\\",\\"kraken\\"\]"/);
});

test('a role that no longer allows an instrument: the agent ends, and its open connection publishes nothing', async () => {
  await assertStoredIn('DECISIONS');
  await fixture.apply(role({ signals: { instruments: ['ETH-USD'] } }));
  const { message } = await fixture.reason(KINDS.strategy, NAME, 'Stalled', 'InstrumentNotAllowed');
  assert.match(message, /AgentRole careful does not allow BTC-USD/);
  await eventually('the Deployment is gone', async () => (await fixture.find(KUBERNETES_TYPES.deployment, DEPLOYMENT)) === undefined);
  await assertRefused();
  const found = await fixture.reason(KINDS.agentRole, 'careful', 'Ready', 'StrategiesRefused');
  assert.match(found.message, /1 of 1 Strategies .*: btc-momentum/);
});

test('a role that is deleted while its agent runs: the agent ends, and its open connection publishes nothing', async () => {
  await fixture.apply(role({}));
  await eventually('the agent has a Deployment', () => fixture.find(KUBERNETES_TYPES.deployment, DEPLOYMENT));
  await assertStoredIn('DECISIONS');
  await fixture.remove(KINDS.agentRole, 'careful');
  await fixture.reason(KINDS.strategy, NAME, 'Stalled', 'AgentRoleNotFound');
  await eventually('the Deployment is gone', async () => (await fixture.find(KUBERNETES_TYPES.deployment, DEPLOYMENT)) === undefined);
  await assertRefused();
});

test('a Strategy that names no role has the rights of every agent', async () => {
  await fixture.apply(strategy);
  await assertStoredIn('DECISIONS');
});

/** The audit events that name a principal, as text. */
async function auditOf(principal: string): Promise<string> {
  const events: string[] = [];
  for await (const { payload } of fixture.bus.read('AUDIT', { subject: 'audit.event.*', fromSequence: 1 }))
    events.push(Buffer.from(payload).toString());
  return events.filter((event) => event.includes(`"${principal}"`)).join('\n');
}

/** The stream grows by what the agent publishes, and the other one does not. */
async function assertStoredIn(stream: 'DECISIONS' | 'QUARANTINE'): Promise<void> {
  const other = stream === 'DECISIONS' ? 'QUARANTINE' : 'DECISIONS';
  await eventually(`a decision is stored in ${stream}`, async () => (await publish()) === stream);
  const [own, others] = [await messages(stream), await messages(other)];
  assert.equal(await publish(), stream);
  assert.deepEqual([await messages(stream), await messages(other)], [own + 1, others]);
}

/** Neither stream grows. */
async function assertRefused(): Promise<void> {
  await eventually('the decisions are refused', () => assert.rejects(publish()).then(() => true));
  const before = [await messages('DECISIONS'), await messages('QUARANTINE')];
  await assert.rejects(publish());
  assert.deepEqual([await messages('DECISIONS'), await messages('QUARANTINE')], before);
}

/** Resolves to the stream that stored the decision. */
async function publish(): Promise<string> {
  const answer = await agent.request(DECISION, 'decision', { timeout: 1_000 });
  return answer.json<{ readonly stream: string }>().stream;
}

async function messages(stream: string): Promise<number> {
  const info = await fixture.bus.callApi<{ readonly state: { readonly messages: number } }>(`STREAM.INFO.${stream}`, {});
  return info.state.messages;
}

async function consumerFilter(): Promise<readonly string[]> {
  const { name, stream } = agentConsumer('main', NAME, []);
  const { config } = await fixture.bus.callApi<{
    readonly config: { readonly filter_subject?: string; readonly filter_subjects?: readonly string[] };
  }>(`CONSUMER.INFO.${stream}.${name}`, {});
  return config.filter_subjects ?? [config.filter_subject ?? ''];
}
