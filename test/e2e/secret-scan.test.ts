import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { makeKeyPair } from '@flotilla/runtime/identity/nkey.ts';
import { findSecrets, type Place } from './secret-scan.ts';

const SECRET = Buffer.from('correct horse battery staple');
const SECRETS = new Map([
  ['webhook of desk', SECRET],
  ['user of redis', Buffer.from('gateway')],
]);
const place = (name: string, content: string | Buffer): Place => ({ name, content: Buffer.from(content) });

test('findSecrets: names the place and the secret, and never the value', () => {
  const found = findSecrets([place('operator.log', `{"msg":"${SECRET.toString('utf8')}"}`), place('exec.log', 'all is well')], SECRETS);
  assert.deepEqual(found, ['operator.log: webhook of desk']);
  assert.ok(!found.join('').includes(SECRET.toString('utf8')));
});

test('findSecrets: finds a value in base64, and bytes that cannot be text', () => {
  assert.deepEqual(findSecrets([place('a', `data: ${SECRET.toString('base64')}`)], SECRETS), ['a: webhook of desk in base64']);
  const bytes = randomBytes(32);
  assert.deepEqual(findSecrets([place('b', Buffer.concat([randomBytes(100), bytes]))], new Map([['key', bytes]])), ['b: key']);
});

test('findSecrets: knows keys and tokens by their form', () => {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: 'k' })).toString('base64url');
  const places = [
    place('seed', `seed: ${makeKeyPair('user', randomBytes(32)).seed}`),
    place('pem', pem),
    place('token', `Authorization: Bearer ${header}.e30.c2ln`),
    place('public', makeKeyPair('account', randomBytes(32)).publicKey),
  ];
  assert.deepEqual(findSecrets(places, new Map()), [
    'seed: a seed of a key of the bus',
    'pem: a private key',
    'token: a token of a ServiceAccount',
  ]);
});

test('findSecrets: takes the name of a user for a word', () => {
  assert.deepEqual(findSecrets([place('log', 'gateway connected')], SECRETS), []);
});
