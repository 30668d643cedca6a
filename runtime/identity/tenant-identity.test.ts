import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRng } from '../rng.ts';
import { issuerOf, makeBusKeys, userOf } from './bus-keys.ts';
import { readClaims } from './jwt.ts';
import { tenantCoreClaims, tenantIdentity } from './tenant-identity.ts';

const NOW_MS = 1_700_000_000_000;
const { operator } = makeBusKeys(systemRng, NOW_MS);

test('tenantIdentity: gives each namespace an account and a login of its own, the same each time', () => {
  const [research, again, desk] = ['research', 'research', 'desk'].map((namespace) => tenantIdentity(operator, namespace));
  assert.equal(research?.core, again?.core);
  assert.deepEqual(research?.coreLogin, again?.coreLogin);
  const all = [operator, research, desk];
  assert.equal(new Set(all.map((one) => one?.core)).size, 3);
  assert.equal(new Set(all.map((one) => userOf(one?.coreLogin ?? assert.fail()))).size, 3);
  assert.equal(new Set(all.map((one) => issuerOf(one?.coreLogin ?? assert.fail()))).size, 3);
});

test('tenantIdentity: shares the other keys with the installation, as they are when they are read', () => {
  const changing = { ...operator };
  const research = tenantIdentity(changing, 'research');
  const { claimsSeed, coreLogin, core } = research;
  const later = makeBusKeys(systemRng, NOW_MS).operator;
  Object.assign(changing, { claimsSeed: later.claimsSeed, coreLogin: later.coreLogin, podSigningKey: later.podSigningKey });
  assert.equal(research.podSigningKey, later.podSigningKey);
  assert.notEqual(research.claimsSeed, claimsSeed);
  assert.notDeepEqual(research.coreLogin, coreLogin, 'a rotation replaces the login of the tenant');
  assert.equal(research.core, core, 'the account stays, because it owns the streams');
});

test('tenantCoreClaims: let in the operator’s login of that namespace and of no other', () => {
  const [research, desk] = [tenantIdentity(operator, 'research'), tenantIdentity(operator, 'desk')];
  const claims = readClaims(tenantCoreClaims(research, 'research').sign(NOW_MS));
  assert.deepEqual([claims.sub, claims.name], [research.core, 'research/core']);
  assert.deepEqual(claims.nats['signing_keys'], [issuerOf(research.coreLogin)]);
  assert.ok(!(claims.nats['signing_keys'] as readonly string[]).includes(issuerOf(desk.coreLogin)));
  const login = readClaims(research.coreLogin.jwt);
  assert.equal(login.nats['issuer_account'], research.core);
});
