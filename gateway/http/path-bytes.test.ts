import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepPathBytes, segmentBytes } from './path-bytes.ts';

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte);

test('keepPathBytes: every byte of a segment comes back from the decoded path', () => {
  const encoded = [...EVERY_BYTE].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  for (const text of [encoded, encoded.toUpperCase()]) {
    assert.deepEqual(segmentBytes(decodeURIComponent(keepPathBytes(text))), Buffer.from(EVERY_BYTE));
  }
});

test('keepPathBytes: a text secret comes back as its UTF-8 bytes', () => {
  assert.deepEqual(segmentBytes(decodeURIComponent(keepPathBytes(encodeURIComponent('schlüssel 鍵')))), Buffer.from('schlüssel 鍵'));
});

for (const url of [
  '/webhook/tv/secret',
  '/webhook/tv/%zz',
  '/webhook/tv/%0a%2F%7f',
  '/webhook/tv/secret?x=%ff',
  '/webhook/tv#%ff',
  '/%f',
]) {
  test(`keepPathBytes: leaves ${url} as it is, because its path encodes no byte above 0x7f`, () => {
    assert.equal(keepPathBytes(url), url);
  });
}
