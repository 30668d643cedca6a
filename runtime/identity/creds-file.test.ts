import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { credsAuthenticator } from '@nats-io/nats-core';
import { userBody } from './bus-keys.ts';
import { formatCreds } from '../testing/format-creds.ts';
import { parseCreds } from './creds-file.ts';
import { signClaims } from './jwt.ts';
import { userLogin } from './login.ts';
import { makeKeyPair } from './nkey.ts';

const account = makeKeyPair('account', randomBytes(32));
const user = makeKeyPair('user', randomBytes(32));
const jwt = signClaims({ sub: user.publicKey, name: 'a', issuedAtS: 1, nats: userBody(account.publicKey, {}) }, account);
const login = { jwt, seed: user.seed };

test('creds file: gives the login back, when it reads what it wrote', () => {
  assert.deepEqual(parseCreds(formatCreds(login)), login);
  assert.deepEqual(parseCreds(formatCreds(login).replaceAll('\n', '\r\n')), login);
});

test("creds file: the NATS client reads it, and signs the server's nonce as userLogin does", () => {
  for (const nonce of ['nonce-of-the-server', '']) {
    const theirs = credsAuthenticator(Buffer.from(formatCreds(login)))(nonce);
    const ours = userLogin(parseCreds(formatCreds(login)))(nonce);
    assert.equal((ours as { jwt: string }).jwt, (theirs as { jwt: string }).jwt);
    assert.equal((ours as { nkey: string }).nkey, (theirs as { nkey: string }).nkey);
    if (nonce !== '') assert.deepEqual(signature(ours), signature(theirs));
  }
});

test('creds file: is refused without a word of its secrets, when a block is missing or broken', () => {
  const good = formatCreds(login);
  const broken = [
    '',
    jwt,
    user.seed,
    good.slice(0, good.indexOf('-----BEGIN USER')),
    good.slice(good.indexOf('-----BEGIN USER')),
    good.replace('BEGIN NATS USER JWT', 'BEGIN JWT'),
    good.replace('END USER NKEY SEED', 'END SEED'),
    good.replace(user.seed, `${user.seed} more`),
  ];
  for (const text of broken) {
    assert.throws(
      () => parseCreds(text),
      (error) => {
        assert.ok(error instanceof FlotillaError && error.code === 'CONFIG_INVALID', String(error));
        assert.ok(!error.message.includes(user.seed.slice(0, 8)) && !error.message.includes(jwt.slice(0, 8)), error.message);
        return true;
      },
    );
  }
});

function signature(auth: unknown): Buffer {
  return Buffer.from((auth as { sig: string }).sig, 'base64url');
}
