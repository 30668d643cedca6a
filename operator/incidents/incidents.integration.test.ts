/** An agent that tries what it has no right to: nothing changes but the quarantine, and people are told. The state of a real server is the judge. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ACCOUNT_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import { KUBERNETES_TYPES, type KubeObject } from '@flotilla/kube/mod.ts';
import { bucketStream, bucketSubject, openBucket } from '@flotilla/runtime/key-value.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { openRawConnection, type RawConnection } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { portfolio, riskPolicy, strategy } from '../testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '../testing/operator-fixture.ts';

const AGENT = { role: 'SignalAgent', portfolio: 'main', strategy: 'btc-momentum' } as const;
const HALT = bucketSubject('CONTROL', keys.halt('main'));
const OWN_KEY = bucketSubject('STATUS', keys.agentStatus('main', 'btc-momentum'));
/** The server may give the last token of a reply subject another name. */
const KEPT = 'quarantine.agent-main_btc-momentum.$KV.CONTROL.>';

let fixture: OperatorFixture;
let agent: RawConnection;

before(async () => {
  fixture = await startOperatorFixture();
  for (const object of [riskPolicy, portfolio, strategy]) await fixture.apply(object);
  await eventually('the halt record', () => fixture.halt('main'));
  agent = await openRawConnection(fixture.nats, AGENT);
});
after(async () => {
  await agent.close();
  await fixture.stop();
});

test('a forged halt record is kept as evidence and changes nothing', async () => {
  const before = await haltRevision();
  await agent.request(HALT, 'RELEASED, says the agent', { timeout: 5_000 });
  assert.deepEqual(await keptPayloads(), ['RELEASED, says the agent']);
  assert.equal(await haltRevision(), before);
});

test('a record that the server is made to send, by a reply subject, is kept as evidence and changes nothing', async () => {
  const before = await haltRevision();
  await agent.request(OWN_KEY, 'parked', { timeout: 5_000 });
  agent.publish(`${ACCOUNT_API_PREFIX}.DIRECT.GET.${bucketStream('STATUS')}.${OWN_KEY}`, '', { reply: HALT });
  await eventually('the answer is kept', async () => (await keptPayloads()).includes('parked'));
  assert.equal(await haltRevision(), before);
});

test('people are told: an audit event with the principal and the subject, and a warning on the Strategy', async () => {
  const event = await eventually('the audit event', async () => {
    for await (const { payload } of fixture.bus.read('AUDIT', { subject: 'audit.event.*', fromSequence: 1 })) {
      const found = JSON.parse(Buffer.from(payload).toString('utf8')) as { readonly action: string; readonly details: object };
      if (found.action === 'FORBIDDEN_ATTEMPT') return found;
    }
    return undefined;
  });
  assert.deepEqual(event.details, { principal: 'agent-main_btc-momentum', subject: HALT, attemptCount: '1' });
  await eventually('the warning', async () => {
    const { items } = await fixture.cluster.list<
      KubeObject & { readonly reason?: string; readonly regarding?: { readonly name?: string } }
    >(KUBERNETES_TYPES.event, { namespace: 'trading' });
    return items.some(({ reason, regarding }) => reason === 'ForbiddenAttempt' && regarding?.name === 'btc-momentum');
  });
});

async function haltRevision(): Promise<number | undefined> {
  return (await openBucket(fixture.bus, 'CONTROL').get(keys.halt('main')))?.revision;
}

async function keptPayloads(): Promise<readonly string[]> {
  const payloads: string[] = [];
  for await (const { payload } of fixture.bus.read('QUARANTINE', { subject: KEPT, fromSequence: 1 }))
    payloads.push(Buffer.from(payload).toString('utf8'));
  return payloads;
}
