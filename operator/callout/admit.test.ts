import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { beforeEach, test } from 'node:test';
import type { AdmissionRecord, TokenKeys } from '@flotilla/contracts/access/admission-record.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { readClaims, signClaims } from '@flotilla/runtime/identity/jwt.ts';
import { type KeyKind, type KeyPair, makeKeyPair } from '@flotilla/runtime/identity/nkey.ts';
import { admit, type AdmitOptions } from './admit.ts';
import { readPrincipals } from './read-principals.ts';

const NOW_MS = 1_800_000_000_000;
const NOW_S = NOW_MS / 1_000;
const ISSUER = 'https://kubernetes.default.svc';

const pair = (kind: KeyKind, name: string): KeyPair => makeKeyPair(kind, createHash('sha256').update(name).digest());
const [podKey, server, user, agent] = [pair('account', 'pods'), pair('server', 's1'), pair('user', 'u'), pair('account', 'agent')];
const apiServer = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = { ...apiServer.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' } as { readonly kty: string };
const tokenKeys: TokenKeys = { schemaVersion: 1, issuer: ISSUER, keys: [jwk] };
const RECORD: AdmissionRecord = { schemaVersion: 1, principal: 'agent-main_btc', account: agent.publicKey, closed: false };

let options: AdmitOptions;
beforeEach(() => {
  options = {
    key: podKey,
    admission: 'AADMISSION',
    tokenKeys: () => Promise.resolve(tokenKeys),
    record: () => Promise.resolve(RECORD),
    nowMs: () => NOW_MS,
  };
});

test('admit: gives a user of the principal’s account, signed by the pod signing key, with an end within a day', async () => {
  const { answer, principal, refusal } = await admit(request(token()), options);
  assert.deepEqual([principal, refusal], ['agent-main_btc', undefined]);
  const response = readClaims(answer);
  assert.deepEqual([response.issuer, response.sub, response.audience], [podKey.publicKey, user.publicKey, server.publicKey]);
  assert.equal(response.nats['issuer_account'], 'AADMISSION');
  const admitted = readClaims(String(response.nats['jwt']));
  assert.deepEqual([admitted.issuer, admitted.sub], [podKey.publicKey, user.publicKey]);
  assert.equal(admitted.nats['issuer_account'], agent.publicKey);
  const lifetimeS = (admitted.expiresAtS ?? 0) - NOW_S;
  assert.ok(lifetimeS > 86_400 * 0.74 && lifetimeS <= 86_400, String(lifetimeS));
});

test('admit: ends the connection of a person with the token', async () => {
  const claims = { 'kubernetes.io': { namespace: 'trading', serviceaccount: { name: 'flotilla-reader', uid: 'u' } } };
  const { answer } = await admit(request(token(claims)), options);
  assert.equal(readClaims(String(readClaims(answer).nats['jwt'])).expiresAtS, NOW_S + 600);
});

test('admit: refuses a token that proves nothing, and says why without the token', async () => {
  const cases: readonly (readonly [reason: RegExp, token: string])[] = [
    [/showed no token/, ''],
    [/is not a token/, 'text'],
    [/has expired/, token({ exp: NOW_S - 11 })],
    [/claim exp is missing/, token({ exp: undefined })],
    [/claim nbf/, token({ nbf: NOW_S + 11 })],
    [/claim aud is wrong/, token({ aud: ['https://kubernetes.default.svc'] })],
    [/claim iss is wrong/, token({ iss: 'https://another' })],
    [/signature is wrong/, `${token().slice(0, -8)}AAAAAAAA`],
    [/no key of the API server fits/, token({}, 'k2')],
    [/without namespace and name/, token({ 'kubernetes.io': {} })],
  ];
  for (const [reason, bad] of cases) {
    const { answer, refusal, principal } = await admit(request(bad), options);
    assert.match(refusal ?? '', reason);
    assert.equal(principal, undefined);
    const { nats } = readClaims(answer);
    assert.equal(nats['jwt'], undefined, String(reason));
    if (bad.length > 20) assert.ok(!answer.includes(bad) && !(refusal ?? '').includes(bad), 'the refusal repeats the token');
  }
});

test('admit: accepts a token at the bound of the clocks’ difference', async () => {
  for (const claims of [{ exp: NOW_S - 9 }, { nbf: NOW_S + 10 }])
    assert.equal((await admit(request(token(claims)), options)).refusal, undefined);
});

test('admit: refuses a ServiceAccount without a principal, and one whose principal is gone', async () => {
  for (const record of [undefined, { ...RECORD, closed: true }]) {
    const { refusal } = await admit(request(token()), { ...options, record: () => Promise.resolve(record) });
    assert.equal(refusal, 'the ServiceAccount trading/btc-agent belongs to no principal of the bus');
  }
});

test('admit: takes a token of the very ServiceAccount of a person, and refuses one of an earlier ServiceAccount of that name', async () => {
  const claims = (uid?: string) => ({ 'kubernetes.io': { namespace: 'trading', serviceaccount: { name: 'flotilla-person-alice', uid } } });
  const record = { ...RECORD, principal: 'person-alice', personRole: 'Reader' as const, serviceAccountUid: 'u2' };
  const tryWith = (uid?: string) => admit(request(token(claims(uid))), { ...options, record: () => Promise.resolve(record) });
  assert.equal((await tryWith('u2')).principal, 'person-alice');
  for (const uid of ['u1', undefined])
    assert.match(
      (await tryWith(uid)).refusal ?? '',
      /belongs to an earlier ServiceAccount trading\/flotilla-person-alice, which was deleted/,
    );
});

const NORMALISER = 'flotilla-bus-normaliser';
const audiences: readonly { readonly why: string; readonly aud: unknown; readonly of: string | undefined; readonly refusal?: RegExp }[] = [
  { why: 'of the normaliser opens the record of the normaliser', aud: [NORMALISER], of: NORMALISER },
  { why: 'of the bus opens a record without an audience, of an operator of the version before', aud: ['flotilla-bus'], of: undefined },
  { why: 'as one text instead of a list', aud: 'flotilla-bus', of: undefined },
  { why: 'of the bus beside one of others', aud: ['flotilla-bus', 'vault'], of: undefined },
  {
    why: 'of the normaliser opens no record without an audience',
    aud: [NORMALISER],
    of: undefined,
    refusal: /^the ServiceAccount trading\/btc-agent with the audience flotilla-bus-normaliser belongs to no principal of the bus$/,
  },
  {
    why: 'of the bus does not open the record of the normaliser',
    aud: ['flotilla-bus'],
    of: NORMALISER,
    refusal: /belongs to no principal/,
  },
  {
    why: 'of both opens neither: the bus',
    aud: ['flotilla-bus', NORMALISER],
    of: undefined,
    refusal: /one audience of the bus, found a token with several/,
  },
  {
    why: 'of both opens neither: the normaliser',
    aud: [NORMALISER, 'flotilla-bus'],
    of: NORMALISER,
    refusal: /found a token with several/,
  },
  { why: 'that only begins like one of the bus', aud: [`${NORMALISER}-2`], of: `${NORMALISER}-2`, refusal: /claim aud is wrong/ },
];
for (const { why, aud, of, refusal } of audiences) {
  test(`admit: ${refusal === undefined ? 'takes' : 'refuses'} a token with the audience ${why}`, async () => {
    const record = { ...RECORD, ...(of === undefined ? {} : { audience: of }) };
    const found = await admit(request(token({ aud })), { ...options, record: () => Promise.resolve(record) });
    if (refusal !== undefined) assert.match(found.refusal ?? '', refusal);
    assert.equal(found.principal, refusal === undefined ? RECORD.principal : undefined);
  });
}

test('admit: looks the record up by ServiceAccount and audience, so an older record says nothing of a second audience', async () => {
  const bucket = new Map([['account.trading.btc-agent', RECORD]]);
  const get = (key: string) => {
    const value = bucket.get(key);
    return Promise.resolve(value && { key, value: Buffer.from(JSON.stringify(value)), revision: 1, storedAtMs: 0 });
  };
  const { record } = readPrincipals({ get }, { monotonicMs: () => 0 });
  const tryWith = async (aud: string) => (await admit(request(token({ aud: [aud] })), { ...options, record })).principal;
  assert.deepEqual([await tryWith('flotilla-bus'), await tryWith(NORMALISER)], [RECORD.principal, undefined]);
  bucket.set(`account.trading.btc-agent.${NORMALISER}`, { ...RECORD, principal: 'normaliser', audience: NORMALISER });
  assert.deepEqual([await tryWith('flotilla-bus'), await tryWith(NORMALISER)], [RECORD.principal, 'normaliser']);
});

test('admit: refuses while the table or the keys cannot be read', async () => {
  const fail = (): Promise<never> => Promise.reject(new FlotillaError('BUS_UNAVAILABLE', 'no answer'));
  for (const change of [{ record: fail }, { tokenKeys: fail }])
    assert.match((await admit(request(token()), { ...options, ...change })).refusal ?? '', /cannot look the ServiceAccount up: no answer/);
  const none = { tokenKeys: () => Promise.resolve(undefined) };
  assert.match((await admit(request(token()), { ...options, ...none })).refusal ?? '', /not published the keys/);
});

test('admit: reads the keys again once, when no known key signed the token', async () => {
  const asked: boolean[] = [];
  const keys = (fresh: boolean): Promise<TokenKeys> => {
    asked.push(fresh);
    return Promise.resolve(fresh ? tokenKeys : { ...tokenKeys, keys: [] });
  };
  assert.equal((await admit(request(token()), { ...options, tokenKeys: keys })).refusal, undefined);
  assert.deepEqual(asked, [false, true]);
});

test('admit: answers no request that a server did not sign', async () => {
  const forged = signClaims({ sub: user.publicKey, name: '', issuedAtS: NOW_S, nats: requestBody(token()) }, pair('user', 'attacker'));
  const other = signClaims({ sub: user.publicKey, name: '', issuedAtS: NOW_S, nats: requestBody(token()) }, pair('server', 's2'));
  for (const bad of [forged, other, 'text', `${request(token())}x`])
    await assert.rejects(admit(bad, options), (error: unknown) => error instanceof FlotillaError && error.code === 'BUS_REFUSED');
});

function request(authToken: string): string {
  return signClaims({ sub: user.publicKey, name: '', issuedAtS: NOW_S, nats: requestBody(authToken) }, server);
}

function requestBody(authToken: string): Readonly<Record<string, unknown>> {
  return {
    server_id: { name: 's1', id: server.publicKey },
    user_nkey: user.publicKey,
    connect_opts: { auth_token: authToken },
    type: 'authorization_request',
    version: 2,
  };
}

/** A token of the API server for the pod of an agent. */
function token(change: Readonly<Record<string, unknown>> = {}, kid = 'k1'): string {
  const claims = {
    iss: ISSUER,
    aud: ['flotilla-bus'],
    exp: NOW_S + 600,
    'kubernetes.io': { namespace: 'trading', serviceaccount: { name: 'btc-agent', uid: 'u' }, pod: { name: 'btc-agent-x', uid: 'p' } },
    ...change,
  };
  const signed = [{ alg: 'RS256', kid }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${sign('sha256', Buffer.from(signed), apiServer.privateKey).toString('base64url')}`;
}
