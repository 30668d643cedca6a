import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { makeBusKeys, type BusLogin } from './bus-keys.ts';
import { readClaims } from './jwt.ts';
import { keyPairOfSeed } from './nkey.ts';

const NOW_MS = 1_700_000_000_000;
const SECRET = /\bS[OAUN][A-Z2-7]{56}\b/;

/** Bytes that follow from the seed alone. */
function rngOf(seed: string): { bytes(count: number): Uint8Array } {
  let count = 0;
  return {
    bytes: (size) =>
      createHash('sha256')
        .update(`${seed} ${(count += 1)}`)
        .digest()
        .subarray(0, size),
  };
}

const keys = makeBusKeys(rngOf('one'), NOW_MS);
const publicKeyOf = (seed: string): string => keyPairOfSeed(seed).publicKey;

test('makeBusKeys: gives the same keys of the same randomness, and shares no key with another installation', () => {
  assert.deepEqual(makeBusKeys(rngOf('one'), NOW_MS), keys);
  const other = makeBusKeys(rngOf('two'), NOW_MS);
  const all = ({ rootSeed, operator, callout, server }: typeof keys): readonly string[] => [
    rootSeed,
    operator.claimsSeed,
    operator.accountSecret,
    operator.core,
    operator.coreLogin.seed,
    operator.systemLogin.seed,
    callout.login.seed,
    callout.podSigningSeed,
    server.systemAccount,
  ];
  assert.equal(new Set([...all(keys), ...all(other)]).size, 2 * all(keys).length);
});

test('makeBusKeys: gives the server no secret, and the callout no secret of the operator', () => {
  assert.doesNotMatch(JSON.stringify(keys.server), SECRET);
  const { operator, callout, rootSeed } = keys;
  for (const secret of [operator.claimsSeed, operator.accountSecret, operator.coreLogin.seed, operator.systemLogin.seed, rootSeed])
    assert.ok(!JSON.stringify(callout).includes(secret));
  for (const secret of [callout.podSigningSeed, callout.login.seed, rootSeed]) assert.ok(!JSON.stringify(operator).includes(secret));
});

test('makeBusKeys: the root signs the installation, its signing key signs the accounts', () => {
  const installation = readClaims(keys.server.operatorJwt);
  assert.deepEqual([installation.issuer, installation.sub], [publicKeyOf(keys.rootSeed), publicKeyOf(keys.rootSeed)]);
  const claimsKey = publicKeyOf(keys.operator.claimsSeed);
  assert.partialDeepStrictEqual(installation.nats, {
    signing_keys: [claimsKey],
    system_account: keys.server.systemAccount,
    strict_signing_key_usage: true,
  });
  const accounts = Object.entries(keys.server.preload).map(([account, jwt]) => ({ account, claims: readClaims(jwt) }));
  assert.deepEqual(accounts.map(({ claims }) => claims.name).toSorted(), ['admission', 'core', 'system']);
  for (const { account, claims } of accounts) assert.deepEqual([claims.sub, claims.issuer], [account, claimsKey]);
});

test('makeBusKeys: each login is a user of its account, signed by a signing key of that account', () => {
  const signedFor = ({ jwt, seed }: BusLogin, account: string): void => {
    const user = readClaims(jwt);
    assert.deepEqual([user.sub, user.nats['issuer_account']], [publicKeyOf(seed), account]);
    const { nats } = readClaims(keys.server.preload[account] ?? '');
    assert.ok((nats['signing_keys'] as readonly string[]).includes(user.issuer), user.name);
  };
  signedFor(keys.operator.coreLogin, keys.operator.core);
  signedFor(keys.operator.systemLogin, keys.server.systemAccount);
  signedFor(keys.callout.login, keys.callout.admission);
  assert.equal(publicKeyOf(keys.callout.podSigningSeed), keys.operator.podSigningKey);
});

test('makeBusKeys: the user without claims may do nothing, and the callout alone decides in the account where it arrives', () => {
  const { nats } = readClaims(keys.server.sentinelJwt);
  assert.partialDeepStrictEqual(nats, {
    issuer_account: keys.callout.admission,
    bearer_token: true,
    pub: { deny: ['>'] },
    sub: { deny: ['>'] },
  });
  const admission = readClaims(keys.server.preload[keys.callout.admission] ?? '');
  assert.deepEqual(admission.nats['authorization'], {
    auth_users: [publicKeyOf(keys.callout.login.seed)],
    allowed_accounts: ['*'],
  });
});

/** Bytes of the line that opens a connection which the server reads by default; the rest of the line takes less than 600. */
const CONTROL_LINE_BYTES_MAX = 4_096;

test('makeBusKeys: the claims of every login fit in the line that opens a connection', () => {
  const { operator, callout, server } = keys;
  for (const jwt of [operator.coreLogin.jwt, operator.systemLogin.jwt, callout.login.jwt, server.sentinelJwt])
    assert.ok(jwt.length <= CONTROL_LINE_BYTES_MAX - 600, `${jwt.length} bytes`);
});
