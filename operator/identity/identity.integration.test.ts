/** The accounts of the bus follow the objects of the cluster, and changes by others are undone. The state of a real server is the judge. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accountName } from '@flotilla/contracts/access/principal.ts';
import { readClaims, signClaims } from '@flotilla/runtime/identity/jwt.ts';
import { userLogin } from '@flotilla/runtime/identity/login.ts';
import { keyPairOfSeed } from '@flotilla/runtime/identity/nkey.ts';
import { accountClaims, accountOf } from '@flotilla/runtime/identity/principal-account.ts';
import { enterAccount } from '@flotilla/runtime/testing/enter-account.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { openTestSystemAccount, type TestSystemAccount } from '@flotilla/runtime/testing/open-system-account.ts';
import { openRawLogin, type RawConnection } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { KINDS } from '../kinds.ts';
import { makeObject, portfolio, riskPolicy, strategy } from '../testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '../testing/operator-fixture.ts';

const AGENT = { role: 'SignalAgent', portfolio: 'main', strategy: 'btc-momentum' } as const;
const FORGED = 'executions.fill.main.btc-momentum';

let fixture: OperatorFixture;
let accounts: TestSystemAccount;

before(async () => {
  fixture = await startOperatorFixture();
  accounts = openTestSystemAccount(fixture.nats);
  for (const object of [riskPolicy, portfolio, strategy]) await fixture.apply(object);
  await eventually('the agent enters', enterAgent).then((agent) => agent.close());
});
after(async () => {
  await accounts.close();
  await fixture.stop();
});

test('claims that another pushed are replaced, and what they allowed is denied again', async () => {
  const { core, claimsSeed, podSigningKey } = fixture.nats.identity.keys.operator;
  const nats = {
    imports: [{ name: 'wide', account: core, subject: 'executions.>', local_subject: 'executions.>', type: 'service' }],
    limits: { conn: -1, subs: -1, data: -1, payload: -1, imports: -1, exports: -1, leaf: 0, wildcards: true },
    signing_keys: [podSigningKey],
    type: 'account',
    version: 2,
  };
  const issuedAtS = Math.floor(Date.now() / 1_000);
  const wide = signClaims({ sub: agentAccount(), name: 'wide', issuedAtS, nats }, keyPairOfSeed(claimsSeed));
  await accounts.system.push(wide, 1);
  await eventually('the operator has pushed its own claims again', async () => {
    const own = await loadedClaims();
    return own !== wide && JSON.stringify(readClaims(own).nats['imports']).includes('decisions.*.main.btc-momentum');
  });
  const agent = await enterAgent();
  agent.publish(FORGED, 'forged');
  await agent.flush();
  const info = await fixture.bus.callApi<{ readonly state: { readonly messages: number } }>('STREAM.INFO.EXECUTIONS', {});
  assert.equal(info.state.messages, 0);
  await agent.close();
});

test('an operator that starts anew cuts no live connection', async () => {
  const agent = await enterAgent();
  let closed = false;
  void agent.closed().then(() => (closed = true));
  await fixture.restartOperator();
  await agent.request('decisions.order_intent.main.btc-momentum', 'still here', { timeout: 5_000 });
  assert.equal(closed, false);
  await agent.close();
});

test('a Strategy that is deleted while the operator is away is closed when the operator is back', async () => {
  await fixture.apply(makeObject('Strategy', 'orphan', strategy.spec));
  await eventually('the agent enters', () => enterAgent('orphan')).then((agent) => agent.close());
  const agent = await enterAgent('orphan');
  const closed = agent.closed();
  await fixture.stopOperator();
  await fixture.cluster.patch(KINDS.strategy, { namespace: 'trading', name: 'orphan' }, { metadata: { finalizers: [] } });
  await fixture.remove(KINDS.strategy, 'orphan');
  await fixture.restartOperator();
  await closed;
  await assert.rejects(enterAgent('orphan'));
});

async function loadedClaims(): Promise<string> {
  const wanted = accountClaims('trading', [AGENT], fixture.nats.identity.keys.operator)[0];
  assert.ok(wanted !== undefined);
  const connection = await openRawLogin(fixture.nats.url, userLogin(fixture.nats.identity.keys.operator.systemLogin), false);
  const answer = await connection.request(`$SYS.REQ.ACCOUNT.${wanted.account}.CLAIMS.LOOKUP`, '', { timeout: 2_000 });
  await connection.close();
  return answer.string();
}

function enterAgent(name = 'btc-momentum'): Promise<RawConnection> {
  return enterAccount(fixture.nats, { ...AGENT, strategy: name });
}

function agentAccount(name = 'btc-momentum'): string {
  return accountOf(fixture.nats.identity.keys.operator.accountSecret, accountName('trading', { ...AGENT, strategy: name }));
}
