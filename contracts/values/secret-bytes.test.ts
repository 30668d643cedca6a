import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretBytes } from './secret-bytes.ts';

const bytes = (...values: readonly (number | string)[]): Uint8Array =>
  Buffer.concat(values.map((value) => (typeof value === 'string' ? Buffer.from(value) : Buffer.of(value))));

const SECRETS: readonly { readonly why: string; readonly content: Uint8Array; readonly secret: Uint8Array }[] = [
  { why: 'text without a line end is itself', content: bytes('a secret'), secret: bytes('a secret') },
  { why: 'echo ends text with a line end', content: bytes('a secret\n'), secret: bytes('a secret') },
  { why: 'an editor of Windows ends text with two bytes', content: bytes('a secret\r\n'), secret: bytes('a secret') },
  { why: 'one line end is removed, not all', content: bytes('a secret\n\n'), secret: bytes('a secret\n') },
  { why: 'a carriage return alone ends no line', content: bytes('a secret\r'), secret: bytes('a secret\r') },
  { why: 'other blanks belong to the secret', content: bytes(' a secret\t \n'), secret: bytes(' a secret\t ') },
  { why: 'text may have several lines', content: bytes('one\r\ntwo\n'), secret: bytes('one\r\ntwo') },
  { why: 'text may be of any script', content: bytes('schlüssel 鍵\n'), secret: bytes('schlüssel 鍵') },
  { why: 'a line end alone holds no secret', content: bytes('\n'), secret: bytes() },
  { why: 'nothing stays nothing', content: bytes(), secret: bytes() },
  { why: 'bytes that are not UTF-8 stay', content: bytes(0x00, 0xff, 0x80), secret: bytes(0x00, 0xff, 0x80) },
  { why: 'the last byte of a binary secret does not end a line', content: bytes(0xff, 0x80, 0x0a), secret: bytes(0xff, 0x80, 0x0a) },
  { why: 'a NUL byte makes the secret binary', content: bytes(0x00, 'abc\n'), secret: bytes(0x00, 'abc\n') },
  { why: 'a control character makes the secret binary', content: bytes(0x1f, 'abc\r\n'), secret: bytes(0x1f, 'abc\r\n') },
  { why: 'the DEL character makes the secret binary', content: bytes(0x7f, 'abc\n'), secret: bytes(0x7f, 'abc\n') },
  { why: 'a cut UTF-8 sequence makes the secret binary', content: bytes('abc', 0xc3, '\n'), secret: bytes('abc', 0xc3, '\n') },
];

for (const { why, content, secret } of SECRETS) {
  test(`secretBytes: gives ${Buffer.from(secret).toString('hex') || 'no byte'}, because ${why}`, () => {
    assert.deepEqual(Buffer.from(secretBytes(content)), Buffer.from(secret));
  });
}
