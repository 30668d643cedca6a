import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { decodeBody } from './decode-body.ts';
import { FieldError } from './field-error.ts';

const TEXT = '{"instrument":"BTC-USD"}';

const MISTAKES = [
  { why: 'is compressed with gzip', body: gzipSync(TEXT), found: /compressed with gzip: send the body uncompressed/ },
  { why: 'is compressed with zstd', body: zstdCompressSync(TEXT), found: /compressed with zstd/ },
  { why: 'begins with a byte order mark', body: Buffer.from(`\uFEFF${TEXT}`), found: /byte order mark \(EF BB BF\)/ },
  { why: 'is UTF-16', body: Buffer.from(`\uFEFF${TEXT}`, 'utf16le'), found: /UTF-16/ },
  { why: 'is UTF-16 in the other byte order', body: Buffer.from(`\uFEFF${TEXT}`, 'utf16le').swap16(), found: /UTF-16/ },
  { why: 'is Latin-1', body: Buffer.from('é', 'latin1'), found: /1 bytes that are not UTF-8/ },
];

for (const { why, body, found } of MISTAKES) {
  test(`decodeBody: names the mistake when a body ${why}`, () => {
    assert.throws(
      () => decodeBody(body),
      (error) => error instanceof FieldError && error.kind === 'MALFORMED' && found.test(error.found),
    );
  });
}

test('decodeBody: gives text as it was sent, when it is UTF-8', () => {
  for (const text of ['', TEXT, 'é∑', 'x\uFEFF']) assert.equal(decodeBody(Buffer.from(text)), text);
});
