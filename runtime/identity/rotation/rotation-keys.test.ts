import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRng } from '../../rng.ts';
import { type BusKeys, issuerOf, makeBusKeys, userOf } from '../bus-keys.ts';
import { readClaims } from '../jwt.ts';
import { keyPairOfSeed } from '../nkey.ts';
import { parseServerIdentityText, serverIdentityText } from '../server-identity.ts';
import {
  calloutSwitched,
  formerDropped,
  type Installation,
  operatorSwitched,
  publicKeyOf,
  resigned,
  serverOfBoth,
  serverOfPresent,
  stageKeys,
  stageOf,
  trustedKeysOf,
} from './rotation-keys.ts';

const NOW_MS = 1_700_000_000_000;
const first: BusKeys = makeBusKeys(systemRng, NOW_MS);
const root = keyPairOfSeed(first.rootSeed);
const steady: Installation = { server: first.server, operator: first.operator, callout: first.callout };
const staged = stageKeys(steady, systemRng, NOW_MS);
const trusting: Installation = { ...staged, server: serverOfBoth(staged, root, systemRng, NOW_MS) };
const operatorDone: Installation = { ...trusting, operator: operatorSwitched(trusting) };
const calloutDone: Installation = { ...operatorDone, callout: calloutSwitched(operatorDone) };
const dropped: Installation = { ...calloutDone, operator: formerDropped(calloutDone) };
const done: Installation = { ...dropped, server: serverOfPresent(dropped, root, NOW_MS) };

for (const [when, installation, stage] of [
  ['no rotation lasts', steady, 'Steady'],
  ['only the callout has next keys', { ...steady, callout: staged.callout }, 'Steady'],
  ['only the operator has next keys', { ...steady, operator: staged.operator }, 'StagedInPart'],
  ['the next keys are of two runs', { ...staged, callout: stageKeys(steady, systemRng, NOW_MS).callout }, 'StagedInPart'],
  ['the next keys are made', staged, 'Staged'],
  ['the servers are to trust both', trusting, 'Staged'],
  ['the operator has switched', operatorDone, 'OperatorSwitched'],
  ['the callout has switched', calloutDone, 'CalloutSwitched'],
  ['the former pod signing key is dropped', dropped, 'FormerDropped'],
  ['the rotation is over', done, 'Steady'],
] as const) {
  test(`stageOf: is ${stage}, when ${when}`, () => assert.equal(stageOf(installation), stage));
}

const signingKeysOf = (server: Installation['server'], account: string): readonly string[] =>
  readClaims(server.preload[account] ?? '').nats['signing_keys'] as readonly string[];

test('serverOfBoth: trusts both claims keys, and admits the users of both', () => {
  const { server, operator, callout } = trusting;
  assert.deepEqual(trustedKeysOf(server.operatorJwt), [operator.claimsSeed, staged.operator.next?.claimsSeed ?? ''].map(publicKeyOf));
  const logins = [operator.coreLogin, staged.operator.next?.coreLogin ?? operator.coreLogin];
  assert.deepEqual(signingKeysOf(server, operator.core), logins.map(issuerOf));
  const admission = readClaims(server.preload[callout.admission] ?? '').nats['authorization'] as { readonly auth_users: readonly string[] };
  assert.deepEqual(admission.auth_users, [callout.login, staged.callout.next?.login ?? callout.login].map(userOf));
  assert.equal(readClaims(server.sentinelJwt).issuer, staged.operator.next?.podSigningKey);
});

test('rotation: replaces every key below the root key, and keeps accounts and the account secret', () => {
  for (const field of ['claimsSeed', 'podSigningKey', 'coreLogin', 'systemLogin'] as const)
    assert.notDeepEqual(done.operator[field], steady.operator[field], field);
  for (const field of ['login', 'podSigningSeed'] as const) assert.notDeepEqual(done.callout[field], steady.callout[field], field);
  assert.deepEqual([done.operator.core, done.operator.accountSecret], [steady.operator.core, steady.operator.accountSecret]);
  assert.deepEqual(Object.keys(done.operator).toSorted(), Object.keys(steady.operator).toSorted());
  assert.deepEqual(Object.keys(done.callout).toSorted(), Object.keys(steady.callout).toSorted());
  assert.deepEqual(signingKeysOf(done.server, done.operator.core), [issuerOf(done.operator.coreLogin)]);
  assert.equal(readClaims(done.server.sentinelJwt).issuer, done.operator.podSigningKey);
});

test('resigned: changes the issuer of claims and nothing that they grant', () => {
  const again = resigned(trusting.server.preload, staged.operator.next?.claimsSeed ?? '', NOW_MS);
  for (const [account, jwt] of Object.entries(trusting.server.preload)) {
    const [before, now] = [readClaims(jwt), readClaims(again[account] ?? '')];
    assert.deepEqual(now.nats, before.nats);
    assert.notEqual(now.issuer, before.issuer);
  }
});

test('serverOfBoth: refuses another root key', () => {
  const other = keyPairOfSeed(makeBusKeys(systemRng, NOW_MS).rootSeed);
  assert.throws(() => serverOfBoth(staged, other, systemRng, NOW_MS), { code: 'CONFIG_INVALID' });
});

test('calloutSwitched: refuses next keys that are not those of the operator', () => {
  assert.throws(() => calloutSwitched({ ...operatorDone, callout: steady.callout }), { code: 'CONFIG_INVALID' });
});

test('parseServerIdentityText: reads what serverIdentityText writes, and refuses another text', () => {
  assert.deepEqual(parseServerIdentityText(serverIdentityText(first.server, '/data/accounts')), {
    identity: first.server,
    folder: '/data/accounts',
  });
  for (const text of ['', 'operator: "x"', 'not a configuration'])
    assert.throws(() => parseServerIdentityText(text), { code: 'CONFIG_INVALID' });
});
