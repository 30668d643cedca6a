/** Keys of the bus against the library of the NATS client, which is another implementation of the same format. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { nkeys } from '@nats-io/nats-core';
import { isPublicKey, isSignedBy, type KeyKind, keyPairOfSeed, makeKeyPair } from './nkey.ts';

const KINDS = [
  { kind: 'operator', letter: 'O', create: nkeys.createOperator },
  { kind: 'account', letter: 'A', create: nkeys.createAccount },
  { kind: 'user', letter: 'U', create: nkeys.createUser },
  { kind: 'server', letter: 'N', create: nkeys.createServer },
] as const satisfies readonly { readonly kind: KeyKind; readonly letter: string; readonly create: unknown }[];
const ROUNDS = 10;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

for (const { kind, letter, create } of KINDS) {
  test(`nkey: gives the public key, the seed and the signature of the client's library, when it makes a key of kind ${kind}`, () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const ours = makeKeyPair(kind, randomBytes(32));
      const theirs = nkeys.fromSeed(Buffer.from(ours.seed));
      assert.equal(ours.publicKey, theirs.getPublicKey());
      assert.equal(ours.publicKey[0], letter);
      assert.equal(ours.seed.slice(0, 2), `S${letter}`);
      const message = randomBytes(round * 7);
      assert.deepEqual(ours.sign(message), Buffer.from(theirs.sign(message)));
      assert.ok(nkeys.fromPublic(ours.publicKey).verify(message, ours.sign(message)));
    }
  });

  test(`nkey: reads a key of kind ${kind} that the client's library made`, () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const theirs = create();
      const ours = keyPairOfSeed(text(theirs.getSeed()));
      assert.equal(ours.publicKey, theirs.getPublicKey());
      assert.equal(ours.seed, text(theirs.getSeed()));
      const message = randomBytes(32);
      assert.ok(isSignedBy(theirs.getPublicKey(), message, theirs.sign(message)));
      for (const other of KINDS) assert.equal(isPublicKey(other.kind, theirs.getPublicKey()), other.kind === kind);
    }
  });
}

test('nkey: gives these texts, when the 32 bytes are 0 to 31', () => {
  const { publicKey, seed } = makeKeyPair(
    'user',
    Uint8Array.from({ length: 32 }, (_, index) => index),
  );
  assert.equal(seed, 'SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776Y');
  assert.equal(publicKey, 'UAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3RLKK');
});

test('isSignedBy: says no, when key, text or signature is another one', () => {
  const [key, other] = [makeKeyPair('account', randomBytes(32)), makeKeyPair('account', randomBytes(32))];
  const message = Buffer.from('message');
  const signature = key.sign(message);
  assert.ok(isSignedBy(key.publicKey, message, signature));
  assert.ok(!isSignedBy(other.publicKey, message, signature));
  assert.ok(!isSignedBy(key.publicKey, Buffer.from('Message'), signature));
  assert.ok(!isSignedBy(key.publicKey, message, signature.subarray(1)));
  assert.ok(!isSignedBy(key.publicKey, message, new Uint8Array()));
  assert.ok(!isSignedBy('no key', message, signature));
  assert.ok(!isSignedBy(key.seed, message, signature));
});

test('keyPairOfSeed: refuses and does not repeat the text, when one letter of a seed is another one', () => {
  const { seed, publicKey } = makeKeyPair('user', randomBytes(32));
  const refused: string[] = ['', 'SU', publicKey, seed.toLowerCase(), `${seed}A`, seed.slice(0, -1), ` ${seed}`];
  for (let index = 0; index < seed.length; index += 1) {
    const letter = seed[index] === 'A' ? 'B' : 'A';
    refused.push(`${seed.slice(0, index)}${letter}${seed.slice(index + 1)}`);
  }
  for (const each of refused) {
    assert.throws(
      () => keyPairOfSeed(each),
      (error) =>
        error instanceof FlotillaError &&
        error.code === 'CONFIG_INVALID' &&
        (each.length < 10 || !error.message.includes(each.slice(0, 10))),
      each,
    );
  }
});

test('isPublicKey: says no, when one letter of a public key is another one', () => {
  const { publicKey } = makeKeyPair('account', randomBytes(32));
  for (let index = 0; index < publicKey.length; index += 1) {
    const letter = publicKey[index] === 'A' ? 'B' : 'A';
    assert.ok(!isPublicKey('account', `${publicKey.slice(0, index)}${letter}${publicKey.slice(index + 1)}`), `letter ${index}`);
  }
});
