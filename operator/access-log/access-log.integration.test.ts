/** Who connects to the bus and who is refused, in the audit log: a real callout, a real API server that signs tokens, and a real bus that tells. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type AuditEvent, auditEventSchema } from '@flotilla/contracts/events/audit.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { tokenLogin } from '@flotilla/runtime/identity/login.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { openRawLogin, type RawConnection } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { KINDS } from '../kinds.ts';
import { startCallout } from '../testing/callout-process.ts';
import { makeObject, portfolio, riskPolicy, strategy } from '../testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '../testing/operator-fixture.ts';

const AGENT = 'agent-main_btc-momentum';
const FLOOD = 500;
const folder = mkdtempSync(join(tmpdir(), 'flotilla-access-log-'));
/** Tokens and answers of this test, which no event may repeat. */
const secrets: string[] = [];

let fixture: OperatorFixture;
let callout: ChildProcess;

before(async () => {
  fixture = await startOperatorFixture({ callout: true });
  callout = await startCallout(fixture.nats, folder);
  for (const object of [riskPolicy, portfolio, strategy]) await fixture.apply(object);
  await eventually('the ServiceAccount', () => fixture.find(KUBERNETES_TYPES.serviceAccount, 'btc-momentum-agent'));
});
after(async () => {
  callout.kill('SIGKILL');
  await fixture.stop();
  rmSync(folder, { recursive: true });
});

test('a connection that is admitted: the audit log says who, as which user, and from where', async () => {
  const token = await tokenOf('btc-momentum-agent');
  const agent = await eventually('the agent enters', () => connect(token));
  const { portfolio: of, details } = await eventually('the audit event', () => eventOf('CONNECTION_ADMITTED', AGENT));
  const { lastAt, ...rest } = details;
  assert.equal(of, 'main');
  assert.match(lastAt ?? '', /^20.*Z$/);
  assert.deepEqual(rest, { principal: AGENT, user: AGENT, from: '127.0.0.1', count: '1' });
  await agent.close();
});

test('a connection that a deleted Strategy loses: the audit log says that the server ended it, and why', async () => {
  const name = 'short-lived';
  await fixture.apply(makeObject('Strategy', name, strategy.spec));
  const token = await eventually('its ServiceAccount', () => tokenOf(`${name}-agent`).catch(() => undefined));
  const agent = await eventually('the agent enters', () => connect(token));
  await fixture.remove(KINDS.strategy, name);
  await eventually('the Strategy is gone', async () => {
    await fixture.reportExec('main');
    return (await fixture.find(KINDS.strategy, name)) === undefined;
  });
  await agent.closed();
  const { details } = await eventually('the audit event', () => eventOf('CONNECTION_ENDED', `agent-main_${name}`));
  assert.match(details['reason'] ?? '', /^(?!Client Closed)./);
  assert.equal(details['from'], '127.0.0.1');
});

test('a flood of refused connections costs two events at most, and delays no agent', async () => {
  const token = await tokenOf('default');
  await assert.rejects(connect(token));
  const first = await eventually('the first refusal', () => eventOf('CONNECTION_REFUSED'), 30_000);
  assert.deepEqual([first.details['from'], first.details['reason']], ['127.0.0.1', 'Authentication Failure']);
  for (let done = 0; done < FLOOD; done += 50)
    await Promise.all(Array.from({ length: 50 }, () => connect('no token').catch(() => undefined)));
  const agent = await connect(await tokenOf('btc-momentum-agent'));
  await agent.request('decisions.order_intent.main.btc-momentum', 'not delayed', { timeout: 5_000 });
  await agent.close();
  // The counted refusals wait for their ten minutes.
  assert.ok((await eventsOf('CONNECTION_REFUSED')).length <= 2);
});

test('a probe of the operator does not count as an access, and no event holds a token or claims', async () => {
  const events = await eventsOf();
  assert.deepEqual(
    events.filter(({ details }) => JSON.stringify(details).includes('probe')),
    [],
  );
  const text = JSON.stringify(events);
  for (const secret of [...secrets, 'eyJ']) assert.ok(!text.includes(secret), secret.slice(0, 8));
});

function connect(token: string): Promise<RawConnection> {
  return openRawLogin(fixture.nats.url, tokenLogin(token), false);
}

async function tokenOf(serviceAccount: string): Promise<string> {
  const metadata = { namespace: 'trading', name: serviceAccount };
  if (serviceAccount === 'default' && (await fixture.find(KUBERNETES_TYPES.serviceAccount, serviceAccount)) === undefined)
    await fixture.cluster.create(KUBERNETES_TYPES.serviceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  const answer = (await fixture.cluster.raw({
    method: 'POST',
    path: `/api/v1/namespaces/trading/serviceaccounts/${serviceAccount}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['flotilla-bus'], expirationSeconds: 600 } },
  })) as { readonly status: { readonly token: string } };
  secrets.push(answer.status.token);
  return answer.status.token;
}

async function eventOf(action: string, principal?: string): Promise<AuditEvent | undefined> {
  return (await eventsOf(action)).find(({ details }) => principal === undefined || details['principal'] === principal);
}

async function eventsOf(action?: string): Promise<readonly AuditEvent[]> {
  const events: AuditEvent[] = [];
  for await (const { payload } of fixture.bus.read('AUDIT', { subject: 'audit.event.*', fromSequence: 1 })) {
    const event = auditEventSchema.parse(JSON.parse(Buffer.from(payload).toString('utf8')));
    if (action === undefined || event.action === action) events.push(event);
  }
  return events;
}
