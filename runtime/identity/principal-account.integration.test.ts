/**
 * The accounts of principals judged by a real server: users that may do everything inside their account publish random subjects, and a tap in the
 * core account hears which of them arrive there.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { busRights } from '@flotilla/contracts/access/bus-rights.ts';
import { accountHash, subjectInAccount } from '@flotilla/contracts/access/core-account.ts';
import { accountName, type Principal, principalName } from '@flotilla/contracts/access/principal.ts';
import { FIXED_PRINCIPALS } from '@flotilla/runtime/testing/fixed-principals.ts';
import type { NatsConnection } from '@nats-io/nats-core';
import fc from 'fast-check';
import { TEST_NAMESPACE } from '../testing/bus-identity.ts';
import { eventually } from '../testing/eventually.ts';
import { type NatsServer, startNatsServer } from '../testing/nats-server.ts';
import { openRawLogin } from '../testing/open-raw-connection.ts';
import { userLogin } from './login.ts';
import { accountOf } from './principal-account.ts';

const PRINCIPALS: readonly Principal[] = [
  ...FIXED_PRINCIPALS,
  { role: 'Exec', portfolio: 'main' },
  { role: 'Exec', portfolio: 'other' },
  { role: 'SignalAgent', portfolio: 'main', strategy: 'momentum' },
  { role: 'SignalAgent', portfolio: 'main', strategy: 'reversion' },
  { role: 'SignalAgent', portfolio: 'other', strategy: 'momentum' },
];
const SAMPLE = { numRuns: 400, seed: 1 } as const;
const EVERYTHING = { pub: { allow: ['>'] }, sub: { allow: ['>'] } };

let server: NatsServer;
let tap: NatsConnection;
const heard = new Set<string>();

before(async () => {
  server = await startNatsServer();
  tap = await openRawLogin(server.url, server.identity.adminLogin);
  tap.subscribe('>', { callback: (_error, message) => void heard.add(message.subject) });
  await tap.flush();
});
after(async () => {
  await tap.close();
  await server.stop();
});

async function openUnbound(principal: Principal): Promise<NatsConnection> {
  await server.identity.login(principal);
  const account = accountOf(server.identity.keys.operator.accountSecret, accountName(TEST_NAMESPACE, principal));
  return openRawLogin(server.url, userLogin(server.identity.userOf(account, principalName(principal), EVERYTHING)));
}

/** Subjects that rights of anybody name, with their wildcards replaced, and some with one token changed. */
function sampleOf(coreHash: string): readonly string[] {
  const patterns = PRINCIPALS.flatMap((principal) => {
    const { publish, hear, ask } = busRights(principal, coreHash);
    return [...publish, ...hear, ...ask, '$JS.API.STREAM.DELETE.SIGNALS', '$JS.API.CONSUMER.CREATE.SIGNALS.x'];
  });
  const token = fc.constantFrom('main', 'other', 'momentum', 'reversion', 'report');
  const subject = fc.record({ pattern: fc.constantFrom(...patterns), fill: token, change: fc.nat(12), isChanged: fc.boolean() });
  const sample = fc.sample(subject, SAMPLE).map(({ pattern, fill, change, isChanged }) => {
    const tokens = pattern.split('.').map((each) => (each === '*' || each === '>' ? fill : each));
    if (isChanged) tokens[change % tokens.length] = fill;
    return tokens.join('.');
  });
  return [...new Set(sample)];
}

for (const principal of PRINCIPALS) {
  test(`${principalName(principal)}: reaches the core account on exactly the subjects of its rights, when its account alone binds it`, async () => {
    const coreHash = accountHash(server.identity.keys.operator.core);
    const connection = await openUnbound(principal);
    const sample = sampleOf(coreHash);
    const { publish } = busRights(principal, coreHash);
    heard.clear();
    for (const subject of sample) {
      connection.publish(subjectInAccount(subject));
      // The name that the core account uses, which leads nowhere.
      if (subject.startsWith('$JS.API.')) connection.publish(subject);
    }
    const last = publish.find((pattern) => pattern.includes('>') || pattern.includes('*')) ?? assert.fail('no wildcard');
    const end = last.replaceAll(/[*>]/g, 'the-end');
    connection.publish(subjectInAccount(end));
    await connection.flush();
    await eventually('the last publication arrives', () => heard.has(end));
    await connection.close();
    const expected = sample.filter((subject) => publish.some((pattern) => matches(pattern, subject)));
    assert.ok(expected.length > 0 && expected.length < sample.length);
    const found = [...heard].filter((subject) => sample.includes(subject));
    assert.deepEqual(found.toSorted(), [...expected].toSorted());
  });
}

function matches(pattern: string, subject: string): boolean {
  const [wanted, found] = [pattern.split('.'), subject.split('.')];
  for (const [index, token] of wanted.entries()) {
    if (token === '>') return found.length > index;
    if (token !== '*' && token !== found[index]) return false;
  }
  return wanted.length === found.length;
}
