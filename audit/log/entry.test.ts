import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson } from '@flotilla/contracts';
import fc from 'fast-check';
import { sampleRecords } from '../testing/sample-log.ts';
import { decodeEntry } from './decode-entry.ts';
import { encodeEntry, GENESIS_HASH, type LogRecord } from './entry.ts';
import { readEntryFrame } from './entry-frame.ts';

function messageWith(payload: Uint8Array): LogRecord {
  return { type: 'message', message: { stream: 'SIGNALS', sequence: 1, subject: 'signals.raw.tv', storedAtMs: 0, payload, headers: {} } };
}

function payloadBack(payload: Uint8Array): Uint8Array {
  const record = decodeEntry(encodeEntry(0, GENESIS_HASH, messageWith(payload)))?.record;
  assert.ok(record?.type === 'message');
  return record.message.payload;
}

const PAYLOADS = [
  { text: '{"a":1,"b":"x"}', asJson: true, why: 'canonical JSON' },
  { text: '{"b":1,"a":2}', asJson: false, why: 'keys out of order' },
  { text: '{"a":1,"a":2}', asJson: false, why: 'a key twice: parsing would lose one' },
  { text: '{"a":1.10}', asJson: false, why: 'a number that prints otherwise' },
  { text: '{"a":12345678901234567890}', asJson: false, why: 'a number that a double cannot hold' },
  { text: ' {"a":1}', asJson: false, why: 'a blank' },
  { text: '\ufeff{"a":1}', asJson: false, why: 'a byte order mark' },
  { text: '{"a":"\\ud800"}', asJson: false, why: 'a lone surrogate' },
  { text: 'hello\nworld', asJson: false, why: 'no JSON' },
  { text: '', asJson: false, why: 'nothing' },
];

for (const { text, asJson, why } of PAYLOADS) {
  test(`encodeEntry: keeps every byte ${asJson ? 'as JSON' : 'in base64'}, when the payload is ${why}`, () => {
    const line = encodeEntry(0, GENESIS_HASH, messageWith(Buffer.from(text)));
    assert.equal(line.includes('"payloadBase64"'), !asJson);
    assert.equal(line, canonicalJson(JSON.parse(line)), 'the entry itself is canonical JSON');
    assert.deepEqual(Buffer.from(payloadBack(Buffer.from(text))), Buffer.from(text));
  });
}

test('encodeEntry: loses no byte, when the payload is anything', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => assert.deepEqual(Buffer.from(payloadBack(bytes)), Buffer.from(bytes))),
  );
  fc.assert(fc.property(fc.json(), (text) => assert.equal(Buffer.from(payloadBack(Buffer.from(text))).toString(), text)));
});

test('readEntryFrame: reads the same as a parser, when given any entry', () => {
  for (const [index, record] of sampleRecords(120, 'frame').entries()) {
    const line = encodeEntry(index, GENESIS_HASH, record);
    const parsed = JSON.parse(line) as { index: number; prevHash: string; sequence: number; stream: string };
    const bytes = Buffer.from(`xx${line}\n`);
    const { index: found, prevHash, sequence, stream } = parsed;
    assert.deepEqual(readEntryFrame(bytes, 2, bytes.byteLength - 1), { index: found, prevHash, sequence, stream });
    assert.deepEqual(decodeEntry(line)?.index, index);
  }
});

const NO_ENTRIES = ['', '{}', '{"index":0}', `{"index":01,"prevHash":"${GENESIS_HASH}","sequence":1,"stream":"S"}`, 'null', '{"index":0,'];
for (const line of NO_ENTRIES) {
  test(`decodeEntry: gives undefined and throws nothing, when the line is ${JSON.stringify(line).slice(0, 40)}`, () => {
    assert.equal(decodeEntry(line), undefined);
    assert.equal(readEntryFrame(Buffer.from(line), 0, Buffer.byteLength(line)), undefined);
  });
}
