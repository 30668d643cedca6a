import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { test } from 'node:test';
import { encodeCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { formatVerifierKey, makeSigner, openNote, parseVerifierKey, signNote } from './signed-note.ts';

/** The private key of RFC 8032 §7.1, test 1, wrapped as PKCS #8. */
const SEED = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
const privateKey = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), SEED]),
  format: 'der',
  type: 'pkcs8',
});
const signer = makeSigner('example.com/log', privateKey);

test('formatVerifierKey: holds the public key of RFC 8032, when the seed is its first test', () => {
  const text = formatVerifierKey(signer.verifier);
  const key = Buffer.from(text.split('+').slice(2).join('+'), 'base64');
  assert.equal(key.toString('hex'), '01d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
  assert.equal(formatVerifierKey(parseVerifierKey(text)!), text);
});

test('openNote: gives the text back, when nothing was changed', () => {
  const note = signNote('example.com/log\n1\nroot\n', signer);
  assert.match(note, /\n\n— example\.com\/log [A-Za-z0-9+/=]+\n$/);
  assert.equal(openNote(note, signer.verifier), 'example.com/log\n1\nroot\n');
});

test('openNote: gives undefined, when any character is another', () => {
  const note = signNote('example.com/log\n1\nroot\n', signer);
  for (let position = 0; position < note.length; position += 1) {
    const changed = `${note.slice(0, position)}${note[position] === 'x' ? 'y' : 'x'}${note.slice(position + 1)}`;
    assert.equal(openNote(changed, signer.verifier), undefined, `position ${position}`);
  }
  assert.equal(openNote(`${note}x`, signer.verifier), undefined);
  assert.equal(openNote('', signer.verifier), undefined);
});

test('parseVerifierKey: gives undefined, when the key id belongs to another key or the text is none', () => {
  const text = formatVerifierKey(signer.verifier);
  for (const bad of ['', 'x', text.replace('example', 'exampla'), `${text.slice(0, -2)}A=`])
    assert.equal(parseVerifierKey(bad), undefined, bad);
});

test('parseCheckpoint: reads what encodeCheckpoint writes and nothing else', () => {
  const checkpoint = {
    origin: 'example.com/log',
    size: 7,
    root: 'ab'.repeat(32),
    tip: 'cd'.repeat(32),
    offsetBytes: 99,
    timeMs: 1_790_000_000_000,
    previous: '0'.repeat(64),
    streams: new Map([['SIGNALS', { sequence: 3, storedAtMs: 4 }]]),
  };
  const text = encodeCheckpoint(checkpoint);
  assert.deepEqual(parseCheckpoint(text), checkpoint);
  assert.equal(text.split('\n')[2], Buffer.from('ab'.repeat(32), 'hex').toString('base64'));
  for (const bad of ['', text.replace('7', '07'), text.replace('tip', 'top'), `${text}more\n`, text.replace('99', 'NaN')]) {
    assert.equal(parseCheckpoint(bad), undefined, bad);
  }
});
