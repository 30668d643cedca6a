import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { nkeys } from '@nats-io/nats-core';
import fc from 'fast-check';
import { type Claims, readClaims, signClaims } from './jwt.ts';
import { makeKeyPair } from './nkey.ts';

const issuer = makeKeyPair('account', randomBytes(32));
const stranger = makeKeyPair('account', randomBytes(32));
const CLAIMS: Claims = {
  sub: makeKeyPair('user', randomBytes(32)).publicKey,
  name: 'exec-main',
  issuedAtS: 1_700_000_000,
  expiresAtS: 1_700_003_600,
  audience: 'NATS',
  nats: { type: 'user', version: 2, pub: { allow: ['executions.*.main'] } },
};

const isRefused = (error: unknown): boolean => error instanceof FlotillaError && error.code === 'BUS_REFUSED';

function parts(token: string): readonly [header: string, payload: string, signature: string] {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return [header, payload, signature];
}

function payloadOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(parts(token)[1], 'base64url').toString()) as Record<string, unknown>;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

test('jwt: gives the claims and their issuer, when it reads what it signed', () => {
  assert.deepEqual(readClaims(signClaims(CLAIMS, issuer)), { ...CLAIMS, issuer: issuer.publicKey });
  const { expiresAtS: _expiresAtS, audience: _audience, ...least } = CLAIMS;
  assert.deepEqual(readClaims(signClaims(least, issuer)), { ...least, issuer: issuer.publicKey });
});

test("jwt: writes the fields of NATS, and a signature that the client's library accepts", () => {
  const token = signClaims(CLAIMS, issuer);
  const [header, payload, signature] = parts(token);
  assert.deepEqual(JSON.parse(Buffer.from(header, 'base64url').toString()), { typ: 'JWT', alg: 'ed25519-nkey' });
  const { jti, ...body } = payloadOf(token);
  assert.deepEqual(body, {
    iat: CLAIMS.issuedAtS,
    iss: issuer.publicKey,
    name: CLAIMS.name,
    sub: CLAIMS.sub,
    aud: CLAIMS.audience,
    exp: CLAIMS.expiresAtS,
    nats: CLAIMS.nats,
  });
  assert.match(String(jti), /^[A-Z2-7]{52}$/);
  assert.ok(nkeys.fromPublic(issuer.publicKey).verify(Buffer.from(`${header}.${payload}`), Buffer.from(signature, 'base64url')));
});

test('jwt: gives the same text, when it signs the same claims again', () => {
  assert.equal(signClaims(CLAIMS, issuer), signClaims(CLAIMS, issuer));
  assert.notEqual(signClaims(CLAIMS, issuer), signClaims({ ...CLAIMS, name: 'other' }, issuer));
});

test('jwt: refuses, when any letter of the text is another one', () => {
  const token = signClaims(CLAIMS, issuer);
  // The last letter of a part may have bits that stand for nothing.
  const lastLetters = new Set(parts(token).reduce<number[]>((ends, part) => [...ends, (ends.at(-1) ?? -2) + 1 + part.length], []));
  const tampered = fc.integer({ min: 0, max: token.length - 1 }).filter((index) => !lastLetters.has(index) && token[index] !== '.');
  fc.assert(
    fc.property(tampered, (index) => {
      const letter = token[index] === 'A' ? 'B' : 'A';
      assert.throws(() => readClaims(`${token.slice(0, index)}${letter}${token.slice(index + 1)}`), isRefused, `letter ${index}`);
    }),
  );
});

test('jwt: refuses, when the claims name another issuer than their signer', () => {
  const token = signClaims(CLAIMS, stranger);
  const [header, , signature] = parts(token);
  const forged = encode({ ...payloadOf(token), iss: issuer.publicKey });
  assert.throws(() => readClaims(`${header}.${forged}.${signature}`), isRefused);
  const resigned = stranger.sign(Buffer.from(`${header}.${forged}`)).toString('base64url');
  assert.throws(() => readClaims(`${header}.${forged}.${resigned}`), isRefused);
});

test('jwt: refuses, when the text is not a token of the bus', () => {
  const [header, payload, signature] = parts(signClaims(CLAIMS, issuer));
  const withoutSubject = encode({ ...payloadOf(`${header}.${payload}`), sub: undefined });
  const texts = [
    '',
    'a.b.c',
    `${header}.${payload}`,
    `${header}.${payload}.`,
    `${header}.${payload}.${signature}.more`,
    `${header}.${withoutSubject}.${issuer.sign(Buffer.from(`${header}.${withoutSubject}`)).toString('base64url')}`,
    `${header}.${encode([1])}.${signature}`,
    `${header}.${Buffer.from('null').toString('base64url')}.${signature}`,
  ];
  for (const text of texts) assert.throws(() => readClaims(text), isRefused, text);
  fc.assert(fc.property(fc.string(), (text) => assert.throws(() => readClaims(text), isRefused)));
});
