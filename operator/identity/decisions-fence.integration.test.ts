/** The fence on three servers, whose messages reach the leader of the stream on different ways. The state of the stream is the judge. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AdmissionRecord } from '@flotilla/contracts/access/admission-record.ts';
import type { Publications } from '@flotilla/contracts/resources/agent-role.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { enterAccount } from '@flotilla/runtime/testing/enter-account.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type NatsCluster, startNatsCluster } from '@flotilla/runtime/testing/nats-cluster.ts';
import type { NatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openTestSystemAccount, type TestSystemAccount } from '@flotilla/runtime/testing/open-system-account.ts';
import { openIdentityBus, openTestBus, testLogger } from '@flotilla/runtime/testing/open-test-bus.ts';
import { makeNatsControlBus } from '../provision/nats-control-bus.ts';
import { startFlood } from '../testing/start-flood.ts';
import { type AccountPusher, makeAccountPusher } from './account-pusher.ts';
import { type DecisionsFence, makeDecisionsFence } from './decisions-fence.ts';
import { openPrincipalRecords } from './principal-records.ts';
import type { Member } from './principals-of.ts';

const AGENT = { role: 'SignalAgent', portfolio: 'main', strategy: 'btc' } as const;
const SUBJECT = 'decisions.order_intent.main.btc';
const under = (publications: Publications): readonly Member[] => [{ principal: { ...AGENT, publications }, serviceAccount: 'btc-agent' }];

let cluster: NatsCluster;
let accounts: TestSystemAccount;
/** With the rights of the operator. */
let operator: NatsBus;
let admin: NatsBus;
let pusher: AccountPusher;
let decisions: DecisionsFence;

before(async () => {
  cluster = await startNatsCluster();
  const first = serverOf('n1');
  operator = await openIdentityBus(first, 'operator');
  admin = await openTestBus({ url: first.url });
  const control = makeNatsControlBus({ bus: operator, revision: 'test', actor: 'test', replicas: 3, fence: () => undefined });
  await eventually('streams are provisioned', () => control.ensureBase(() => undefined).then(() => true), 60_000);
  accounts = openTestSystemAccount(first);
  await eventually('the system account answers', async () => (await accounts.system.servers()).running.length === 3);
  pusher = makeAccountPusher({
    namespace: 'trading',
    identity: first.identity.keys.operator,
    system: accounts.system,
    records: openPrincipalRecords(operator, 'trading'),
    fence: () => undefined,
    clock: systemClock,
    logger: testLogger(),
  });
  decisions = makeDecisionsFence(operator);
});
after(async () => {
  await accounts.close();
  await Promise.all([operator.close(), admin.close()]);
  await cluster.stop();
});

for (const name of ['n1', 'n2', 'n3']) {
  test(`an agent at server ${name} that floods the stream: narrowed, then closed, no decision lies behind the fence`, async () => {
    for (const members of [under('Nothing'), []]) {
      await pusher.converge(under('Deliver'));
      const agent = await eventually('the agent enters', () => enterAccount(serverOf(name), AGENT));
      const before = await lastOfAgent();
      const flood = startFlood(agent, SUBJECT);
      await eventually('the flood is stored', async () => (await lastOfAgent()) > before + 100, 30_000);
      await pusher.converge(members);
      assert.equal(pusher.serversWith(recordOf().account), '3/3');
      const fence = await eventually('the fence is read', () => decisions.read(AGENT), 60_000);
      await flood.more(1_000);
      await flood.stop();
      const last = await lastOfAgent();
      assert.ok(last > before && last <= fence, `fence ${fence}, last decision ${last}`);
    }
  });
}

test('the question of the fence is stored nowhere', async () => {
  const { state } = await admin.callApi<{ readonly state: { readonly subjects?: object } }>('STREAM.INFO.DECISIONS', {
    subjects_filter: '>',
  });
  assert.deepEqual(Object.keys(state.subjects ?? {}), [SUBJECT]);
});

function serverOf(name: string): NatsServer {
  const server = cluster.servers.get(name);
  assert.ok(server !== undefined);
  return server;
}

function recordOf(): AdmissionRecord {
  const record = pusher.records().get('btc-agent');
  assert.ok(record !== undefined);
  return record;
}

async function lastOfAgent(): Promise<number> {
  return (await admin.last('DECISIONS', SUBJECT, 'LEADER'))?.sequence ?? 0;
}
