import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { accountName, type Principal } from '@flotilla/contracts/access/principal.ts';
import { FIXED_PRINCIPALS } from '@flotilla/runtime/testing/fixed-principals.ts';
import { systemRng } from '../rng.ts';
import { makeBusKeys } from './bus-keys.ts';
import { readClaims } from './jwt.ts';
import { isPublicKey, keyPairOfSeed } from './nkey.ts';
import { accountClaims, accountOf, closedClaims, makeAccountDirectory } from './principal-account.ts';

const NOW_MS = 1_700_000_000_999;
const { operator } = makeBusKeys(systemRng, NOW_MS);
const AGENT: Principal = { role: 'SignalAgent', portfolio: 'main', strategy: 'momentum' };
const EXEC: Principal = { role: 'Exec', portfolio: 'main' };
const keysOf = (namespace: string, principals: readonly Principal[], secret = operator.accountSecret) =>
  accountClaims(namespace, principals, { ...operator, accountSecret: secret }).map(({ account }) => account);

test('accountOf: gives the same account of the same secret and name, and another one else', () => {
  const account = accountOf(operator.accountSecret, 'trading/exec-main');
  assert.ok(isPublicKey('account', account));
  assert.equal(accountOf(operator.accountSecret, 'trading/exec-main'), account);
  assert.notEqual(accountOf(operator.accountSecret, 'trading/exec-other'), account);
  assert.notEqual(accountOf(randomBytes(32).toString('base64'), 'trading/exec-main'), account);
});

test('makeAccountDirectory: gives the accounts that accountOf gives, also when it remembers them', () => {
  const directory = makeAccountDirectory(operator.accountSecret);
  for (const name of ['trading/exec-main', 'trading/gateway', 'trading/exec-main'])
    assert.equal(directory(name), accountOf(operator.accountSecret, name));
});

test('accountClaims: gives every principal of every namespace an account of its own', () => {
  const principals = [...FIXED_PRINCIPALS, AGENT, EXEC, { ...AGENT, strategy: 'reversion' }, { ...AGENT, portfolio: 'other' }];
  const accounts = ['trading', 'trading-2', 'research'].flatMap((namespace) => keysOf(namespace, principals));
  assert.equal(new Set(accounts).size, 3 * principals.length);
  assert.deepEqual(keysOf('trading', principals), accounts.slice(0, principals.length), 'the same secret gives the same accounts');
});

test('accountName: differs for names that would run into each other without their separators', () => {
  const names = [
    accountName('a', { role: 'SignalAgent', portfolio: 'b', strategy: 'c-d' }),
    accountName('a', { role: 'SignalAgent', portfolio: 'b-c', strategy: 'd' }),
    accountName('a', { role: 'Exec', portfolio: 'b' }),
    accountName('a', { role: 'Exec', portfolio: 'b_c' }),
    accountName('a', { role: 'Gateway' }),
    accountName('a-gateway', { role: 'Gateway' }),
  ];
  assert.equal(new Set(names).size, names.length);
});

test('accountClaims: is signed by the claims key, as of the second, and has equal content for equal rights', () => {
  const [claims, again] = [1, 2].map(() => accountClaims('trading', [EXEC], operator)[0]);
  assert.ok(claims !== undefined && again !== undefined);
  assert.equal(claims.content, again.content);
  const decoded = readClaims(claims.sign(NOW_MS));
  assert.equal(decoded.issuer, keyPairOfSeed(operator.claimsSeed).publicKey);
  assert.deepEqual([decoded.sub, decoded.name, decoded.issuedAtS], [claims.account, 'trading/exec-main', 1_700_000_000]);
  assert.deepEqual(decoded.nats, JSON.parse(claims.content));
  const [other] = accountClaims('trading', [EXEC], { ...operator, podSigningKey: operator.core });
  assert.notEqual(other?.content, claims.content);
});

test('closedClaims: admits no connection and imports nothing', () => {
  const { nats, sub, issuer } = readClaims(closedClaims('AKEY', 'trading/exec-main', operator, NOW_MS));
  assert.deepEqual([sub, issuer], ['AKEY', keyPairOfSeed(operator.claimsSeed).publicKey]);
  assert.partialDeepStrictEqual(nats, { imports: [], exports: [], limits: { conn: 0, subs: 0, imports: 0, exports: 0, leaf: 0 } });
  assert.equal(nats['signing_keys'], undefined);
});
