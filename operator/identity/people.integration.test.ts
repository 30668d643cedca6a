/** People with accounts of their own: a real API server signs their tokens, the operator gives them accounts, and the callout admits them. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ACCOUNT_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { READER_SERVICE_ACCOUNT } from '@flotilla/contracts/access/bus-token.ts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import { PERSON_ROLE_LABEL, type PersonRole, personServiceAccount } from '@flotilla/contracts/access/person.ts';
import { type AuditEvent, auditEventSchema } from '@flotilla/contracts/events/audit.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { tokenLogin } from '@flotilla/runtime/identity/login.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { openRawLogin, publishRaw, type RawConnection } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { startCallout } from '../testing/callout-process.ts';
import { portfolio, riskPolicy } from '../testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '../testing/operator-fixture.ts';

const REFUSED = /authorization violation/i;
const READ = `${ACCOUNT_API_PREFIX}.DIRECT.GET.SIGNALS`;
const REPLAY = 'control.replay.feed';
const REFUSED_SUBJECT = /no responders|permissions violation/i;

let fixture: OperatorFixture;
let callout: ChildProcess;
const folder = mkdtempSync(join(tmpdir(), 'flotilla-people-'));

before(async () => {
  fixture = await startOperatorFixture({ callout: true, settings: { sharedReader: false } });
  callout = await startCallout(fixture.nats, folder);
  for (const object of [riskPolicy, portfolio]) await fixture.apply(object);
  for (const name of ['alice', 'bob']) await addPerson(name, 'Reader');
});
after(async () => {
  callout.kill('SIGKILL');
  await fixture.stop();
  rmSync(folder, { recursive: true });
});

test('a person enters by one labelled ServiceAccount, reads, and changes nothing', async () => {
  const alice = await enter('alice');
  assert.ok(await reads(alice));
  for (const subject of ['signals.raw.feed', 'decisions.order_intent.main.btc', '$KV.CONTROL.halt.main', '$KV.STATUS.exec.main.report'])
    alice.publish(subject, 'forged');
  await alice.flush();
  assert.deepEqual(await storedIn('SIGNALS'), []);
  assert.deepEqual(await storedIn('DECISIONS'), []);
  assert.equal((await fixture.halt('main'))?.portfolio, 'main');
  await alice.close();
});

test('the audit log names the person who has an account, and the person who connects', async () => {
  const alice = await enter('alice');
  const opened = await eventually('the account is told', () => eventOf('PRINCIPAL_OPENED', 'person-alice'));
  assert.equal(opened.details['to'], 'Reader');
  await eventually('the connection is told', () => eventOf('CONNECTION_ADMITTED', 'person-alice'), 30_000);
  await alice.close();
});

test('one person hears nothing of another, and answers nothing in the name of another', async () => {
  const [alice, bob] = [await enter('alice'), await enter('bob')];
  const heard: string[] = [];
  for (const subject of ['_INBOX.>', 'push.>', 'query.exec.main', '>'])
    bob.subscribe(subject, { callback: (error, message) => void (error === null && heard.push(message.subject)) });
  await bob.flush().catch(() => undefined);
  publishRaw(alice, { subject: READ, payload: '{"last_by_subj":"x"}', reply: '_INBOX.of-alice' });
  publishRaw(alice, { subject: '_INBOX.of-bob', payload: 'to another person' });
  assert.ok(await reads(alice));
  await bob.flush();
  assert.deepEqual(heard, []);
  await Promise.all([alice.close(), bob.close()]);
});

test('a Reader starts no replay, a Replayer does, and a narrower label takes the right away on the open connection', async () => {
  await createServiceAccount(GATEWAY_NAME);
  const gateway = await eventually('the gateway is admitted', async () => tryOnce(await tokenFor(GATEWAY_NAME)));
  gateway.subscribe('control.replay.*', { callback: (_error, message) => void message.respond('started') });
  await gateway.flush();
  const alice = await enter('alice');
  await assert.rejects(alice.request(REPLAY, '{}', { timeout: 1_000 }), REFUSED_SUBJECT);
  await label('alice', 'Replayer');
  const widened = await eventually('the wider role is told', () => eventOf('PERMISSIONS_WIDENED', 'person-alice'));
  assert.equal(widened.details['to'], 'Replayer');
  const wider = await enter('alice');
  assert.equal((await wider.request(REPLAY, '{}', { timeout: 5_000 })).string(), 'started');
  await label('alice', 'Reader');
  const narrowed = await eventually('the narrower role is told', () => eventOf('PERMISSIONS_NARROWED', 'person-alice'));
  assert.equal(narrowed.details['to'], 'Reader');
  await assert.rejects(wider.request(REPLAY, '{}', { timeout: 1_000 }));
  assert.ok(await reads(wider), 'the connection stays');
  await Promise.all([alice.close(), wider.close(), gateway.close()]);
});

test('a deleted person loses the live connection and enters no more; another person goes on', async () => {
  const [alice, bob] = [await enter('alice'), await enter('bob')];
  const token = await tokenOf('bob');
  const isClosed = watchClosed(bob);
  await fixture.remove(KUBERNETES_TYPES.serviceAccount, personServiceAccount('bob'));
  await eventually('the connection is closed', isClosed);
  await assert.rejects(tryOnce(token), REFUSED);
  assert.ok(await reads(alice));
  await eventually('the audit log says so', () => eventOf('PRINCIPAL_CLOSED', 'person-bob'));
  await addPerson('bob', 'Reader');
  await (await enter('bob')).close();
  await assert.rejects(tryOnce(token), REFUSED, 'a token of the deleted ServiceAccount opens nothing of the new one');
  assert.ok(await reads(alice));
  await alice.close();
});

test('a person who is deleted and added again while the operator is away loses the live connection', async () => {
  const bob = await enter('bob');
  const token = await tokenOf('bob');
  const isClosed = watchClosed(bob);
  await fixture.stopOperator();
  await fixture.remove(KUBERNETES_TYPES.serviceAccount, personServiceAccount('bob'));
  await addPerson('bob', 'Reader');
  await fixture.restartOperator();
  await eventually('the connection is closed', isClosed);
  await (await enter('bob')).close();
  await assert.rejects(tryOnce(token), REFUSED);
});

test('a label on the ServiceAccount of a pod, and an unknown role, open no account', async () => {
  await fixture.cluster.create(KUBERNETES_TYPES.serviceAccount, serviceAccount('some-pod', 'Reader'));
  await fixture.cluster.create(KUBERNETES_TYPES.serviceAccount, serviceAccount(personServiceAccount('mallory'), 'Exec'));
  // A person who comes later has an account, so the operator has seen those before.
  await addPerson('carol', 'Reader');
  await (await enter('carol')).close();
  for (const name of ['some-pod', personServiceAccount('mallory')]) await assert.rejects(tryOnce(await tokenFor(name)), REFUSED, name);
});

test('without the shared reader a token of its ServiceAccount opens nothing', async () => {
  await createServiceAccount(READER_SERVICE_ACCOUNT);
  await assert.rejects(tryOnce(await tokenFor(READER_SERVICE_ACCOUNT)), REFUSED);
});

function serviceAccount(name: string, role: string) {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'trading', labels: { [PERSON_ROLE_LABEL]: role } } };
}

async function createServiceAccount(name: string): Promise<void> {
  if ((await fixture.find(KUBERNETES_TYPES.serviceAccount, name)) !== undefined) return;
  const metadata = { name, namespace: 'trading' };
  await fixture.cluster.create(KUBERNETES_TYPES.serviceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
}

async function addPerson(name: string, role: PersonRole): Promise<void> {
  await fixture.cluster.create(KUBERNETES_TYPES.serviceAccount, serviceAccount(personServiceAccount(name), role));
}

async function label(name: string, role: PersonRole): Promise<void> {
  const address = { namespace: 'trading', name: personServiceAccount(name) };
  await fixture.cluster.patch(KUBERNETES_TYPES.serviceAccount, address, { metadata: { labels: { [PERSON_ROLE_LABEL]: role } } });
}

/** Tells whether the connection is closed. */
function watchClosed(connection: RawConnection): () => boolean {
  let isClosed = false;
  void connection.closed().then(() => (isClosed = true));
  return () => isClosed;
}

/** Whether JetStream answers. */
async function reads(connection: RawConnection): Promise<boolean> {
  const answer = await connection.request(READ, '{"last_by_subj":"signals.raw.feed"}', { timeout: 5_000 });
  return answer.headers?.code === 404;
}

/** Waits until the callout answers, because the operator may still push the account. */
function enter(person: string): Promise<RawConnection> {
  return eventually(`${person} is admitted`, async () => tryOnce(await tokenOf(person)));
}

function tryOnce(token: string): Promise<RawConnection> {
  return openRawLogin(fixture.nats.url, tokenLogin(token), false);
}

function tokenOf(person: string): Promise<string> {
  return tokenFor(personServiceAccount(person));
}

async function tokenFor(name: string): Promise<string> {
  const answer = (await fixture.cluster.raw({
    method: 'POST',
    path: `/api/v1/namespaces/trading/serviceaccounts/${name}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['flotilla-bus'], expirationSeconds: 600 } },
  })) as { readonly status: { readonly token: string } };
  return answer.status.token;
}

async function eventOf(action: string, principal: string): Promise<AuditEvent | undefined> {
  let last: AuditEvent | undefined;
  for await (const { payload } of fixture.bus.read('AUDIT', { subject: 'audit.event.*', fromSequence: 1 })) {
    const event = auditEventSchema.parse(JSON.parse(Buffer.from(payload).toString('utf8')));
    if (event.action === action && event.details['principal'] === principal) last = event;
  }
  return last;
}

async function storedIn(stream: string): Promise<readonly string[]> {
  const info = await fixture.bus.callApi<{ readonly state: { readonly subjects?: Readonly<Record<string, number>> } }>(
    `STREAM.INFO.${stream}`,
    { subjects_filter: '>' },
  );
  return Object.keys(info.state.subjects ?? {});
}
