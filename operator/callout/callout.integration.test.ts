/** Pods and people at the bus: a real API server signs their tokens, the operator pushes their accounts, and the callout admits them. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BUS_TOKEN_AUDIENCE, NORMALISER_TOKEN_AUDIENCE, READER_SERVICE_ACCOUNT } from '@flotilla/contracts/access/bus-token.ts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { tokenLogin } from '@flotilla/runtime/identity/login.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { openRawLogin, type RawConnection } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { KINDS } from '../kinds.ts';
import { startCallout } from '../testing/callout-process.ts';
import { makeObject, portfolio, riskPolicy, strategy } from '../testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '../testing/operator-fixture.ts';

const INTENT = 'decisions.order_intent.main.btc-momentum';
const REFUSED = /authorization violation/i;

let fixture: OperatorFixture;
let callout: ChildProcess;
const folder = mkdtempSync(join(tmpdir(), 'flotilla-callout-'));

before(async () => {
  fixture = await startOperatorFixture({ callout: true });
  callout = await startCallout(fixture.nats, folder);
  for (const object of [riskPolicy, portfolio, strategy]) await fixture.apply(object);
  for (const name of ['btc-momentum-agent', 'main-exec', 'flotilla-audit'])
    await eventually(`the ServiceAccount ${name}`, () => fixture.find(KUBERNETES_TYPES.serviceAccount, name));
});
after(async () => {
  callout.kill('SIGKILL');
  await fixture.stop();
  rmSync(folder, { recursive: true });
});

describe('admission', () => {
  test('a pod enters the account of its principal, and may do what its role may do and no more', async () => {
    const agent = await enter(await tokenOf('btc-momentum-agent'));
    agent.publish(INTENT, 'mine');
    agent.publish('decisions.order_intent.main.other', 'of another strategy');
    agent.publish('executions.fill.main.btc-momentum', 'a forged fill');
    agent.publish('$KV.CONTROL.halt.main', 'a forged release');
    await agent.flush();
    assert.deepEqual(await storedIn('DECISIONS'), [INTENT]);
    assert.deepEqual(await storedIn('EXECUTIONS'), []);
    const halt = await fixture.halt('main');
    assert.equal(halt?.portfolio, 'main');
    await agent.close();
  });

  test('exec, the gateway, the audit writer and a reader enter too', async () => {
    for (const serviceAccount of ['main-exec', GATEWAY_NAME, 'flotilla-audit', READER_SERVICE_ACCOUNT]) {
      const connection = await enter(await tokenOf(serviceAccount));
      await connection.close();
    }
  });

  test('the two tokens of the gateway open two accounts: neither has the rights of the other', async () => {
    const normaliser = await enter(await tokenOf(GATEWAY_NAME, NORMALISER_TOKEN_AUDIENCE));
    const gateway = await enter(await tokenOf(GATEWAY_NAME));
    const storedBy = async (connection: RawConnection, subject: string): Promise<string> =>
      (await connection.request(subject, 'a signal', { timeout: 5_000 })).json<{ readonly stream: string }>().stream;
    assert.equal(await storedBy(gateway, 'signals.raw.desk'), 'SIGNALS');
    assert.equal(await storedBy(normaliser, 'signals.normalized.desk.BTC-USD'), 'SIGNALS');
    assert.equal(await storedBy(gateway, 'signals.normalized.desk.ETH-USD'), 'QUARANTINE');
    assert.equal(await storedBy(normaliser, 'signals.raw.forged'), 'QUARANTINE');
    assert.deepEqual((await storedIn('SIGNALS')).toSorted(), ['signals.normalized.desk.BTC-USD', 'signals.raw.desk']);
    await Promise.all([gateway.close(), normaliser.close()]);
  });

  test('a token for both audiences, and one for the audience of the normaliser of another ServiceAccount, are refused', async () => {
    for (const [name, audiences] of [
      [GATEWAY_NAME, [BUS_TOKEN_AUDIENCE, NORMALISER_TOKEN_AUDIENCE]],
      ['btc-momentum-agent', [NORMALISER_TOKEN_AUDIENCE]],
      ['flotilla-audit', [NORMALISER_TOKEN_AUDIENCE]],
    ] as const)
      await assert.rejects(tryOnce(await tokenOf(name, ...audiences)), REFUSED, name);
  });

  test('a ServiceAccount that belongs to no principal is refused', async () => {
    await assert.rejects(tryOnce(await tokenOf('default')), REFUSED);
  });

  test('a token for another audience is refused', async () => {
    await assert.rejects(tryOnce(await tokenOf('btc-momentum-agent', 'https://kubernetes.default.svc')), REFUSED);
  });

  test('a token that another signed, a changed token, another text and no token are refused', async () => {
    const token = await tokenOf('btc-momentum-agent');
    const [header = '', payload = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>;
    const changed = Buffer.from(JSON.stringify({ ...claims, exp: 4_000_000_000 })).toString('base64url');
    const unsigned = `${Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')}.${payload}.`;
    for (const bad of [`${header}.${changed}.${signature}`, `${header}.${payload}.AAAA`, unsigned, 'no token', ''])
      await assert.rejects(tryOnce(bad), REFUSED, bad.slice(0, 8));
    await assert.rejects(
      openRawLogin(fixture.nats.url, () => undefined, false),
      REFUSED,
    );
  });
});

describe('outage', () => {
  test('while the callout is away, live connections go on and new ones wait; afterwards new ones enter', async () => {
    const live = await enter(await tokenOf('main-exec'));
    callout.kill('SIGKILL');
    await once(callout, 'exit');
    await assert.rejects(tryOnce(await tokenOf('btc-momentum-agent')));
    const answer = await live.request('executions.reconcile.main', 'still here', { timeout: 5_000 });
    assert.equal(answer.json<{ readonly stream: string }>().stream, 'EXECUTIONS');
    callout = await startCallout(fixture.nats, folder);
    await (await enter(await tokenOf('btc-momentum-agent'))).close();
    await live.close();
  });
});

describe('revocation', () => {
  test('a deleted Strategy loses its live connection and enters no more', async () => {
    await fixture.apply(makeObject('Strategy', 'short-lived', { ...(strategy.spec as object) }));
    const token = await eventually('its ServiceAccount', () => tokenOf('short-lived-agent').catch(() => undefined));
    const agent = await enter(token);
    const closed = agent.closed();
    await fixture.remove(KINDS.strategy, 'short-lived');
    await eventually('the Strategy is gone', async () => {
      await fixture.reportExec('main');
      return (await fixture.find(KINDS.strategy, 'short-lived')) === undefined;
    });
    assert.match(String(await closed), /./);
    await assert.rejects(tryOnce(token), REFUSED);
  });

  test('the same name enters again with a new Strategy, into an account that is open again', async () => {
    await fixture.apply(makeObject('Strategy', 'short-lived', { ...(strategy.spec as object) }));
    const token = await eventually('its ServiceAccount', () => tokenOf('short-lived-agent').catch(() => undefined));
    const agent = await enter(token);
    await agent.request('decisions.order_intent.main.short-lived', 'again', { timeout: 5_000 });
    await agent.close();
  });
});

/** Waits until the callout answers, because the operator may still push the account. */
function enter(token: string): Promise<RawConnection> {
  return eventually('the connection is admitted', () => tryOnce(token));
}

function tryOnce(token: string): Promise<RawConnection> {
  return openRawLogin(fixture.nats.url, tokenLogin(token), false);
}

async function tokenOf(serviceAccount: string, ...audiences: readonly string[]): Promise<string> {
  const address = { namespace: 'trading', name: serviceAccount };
  if ([READER_SERVICE_ACCOUNT, GATEWAY_NAME, 'default'].includes(serviceAccount)) await createServiceAccount(address);
  const answer = (await fixture.cluster.raw({
    method: 'POST',
    path: `/api/v1/namespaces/trading/serviceaccounts/${serviceAccount}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: audiences.length === 0 ? [BUS_TOKEN_AUDIENCE] : audiences, expirationSeconds: 600 },
    },
  })) as { readonly status: { readonly token: string } };
  return answer.status.token;
}

async function createServiceAccount(metadata: { readonly namespace: string; readonly name: string }): Promise<void> {
  if ((await fixture.find(KUBERNETES_TYPES.serviceAccount, metadata.name)) !== undefined) return;
  await fixture.cluster.create(KUBERNETES_TYPES.serviceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
}

async function storedIn(stream: string): Promise<readonly string[]> {
  const info = await fixture.bus.callApi<{ readonly state: { readonly subjects?: Readonly<Record<string, number>> } }>(
    `STREAM.INFO.${stream}`,
    { subjects_filter: '>' },
  );
  return Object.keys(info.state.subjects ?? {});
}
