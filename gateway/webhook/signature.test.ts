import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NONCE_PATTERN, signWebhook, TIMESTAMP_PATTERN, verifySignature } from './signature.ts';

const SECRET = Buffer.from('a secret of tests, long enough');
const NOW_MS = 1_475_798_404_000;
const SKEW_MS = 300_000;
const TIMESTAMP = String(NOW_MS / 1_000);
const BODY = Buffer.from('{"price":611.87}');

function signed(parts: { timestamp?: string; nonce?: string; body?: Uint8Array }) {
  const whole = { timestamp: TIMESTAMP, nonce: 'nonce-0001', body: BODY, ...parts };
  return { ...whole, signature: signWebhook(SECRET, whole).toString('hex') };
}

test('verifySignature: passes a well signed request, also in upper case hexadecimal', () => {
  const request = signed({});
  assert.equal(verifySignature(SECRET, request, NOW_MS, SKEW_MS), undefined);
  assert.equal(verifySignature(SECRET, { ...request, signature: request.signature.toUpperCase() }, NOW_MS, SKEW_MS), undefined);
});

test('signWebhook: gives the digest that openssl gives, for a known request', () => {
  // printf '1475798404.nonce-0001.{"price":611.87}' | openssl dgst -sha256 -hmac 'a secret of tests, long enough'
  const expected = 'deaa86694e546cabc94d992b37e4c702f0119dfc078118e69f92c6e0b8eeabc6';
  assert.equal(signed({}).signature, expected);
});

const REFUSED = [
  { why: 'a milliseconds timestamp has 13 digits', parts: { timestamp: `${TIMESTAMP}000` }, problem: 'TIMESTAMP_MALFORMED' },
  { why: 'a timestamp is digits only', parts: { timestamp: '147579840x' }, problem: 'TIMESTAMP_MALFORMED' },
  { why: 'a leading zero is another text for the same time', parts: { timestamp: '0475798404' }, problem: 'TIMESTAMP_MALFORMED' },
  { why: 'a line break does not hide behind the last digit', parts: { timestamp: `${TIMESTAMP}\n` }, problem: 'TIMESTAMP_MALFORMED' },
  { why: 'a dot in the nonce would make the signed text ambiguous', parts: { nonce: 'nonce.0001' }, problem: 'NONCE_MALFORMED' },
  { why: 'seven characters are too few', parts: { nonce: '1234567' }, problem: 'NONCE_MALFORMED' },
  { why: '65 characters are too many', parts: { nonce: 'n'.repeat(65) }, problem: 'NONCE_MALFORMED' },
  { why: 'older than the skew', parts: { timestamp: String(NOW_MS / 1_000 - 301) }, problem: 'TIMESTAMP_STALE' },
  { why: 'further ahead than the skew', parts: { timestamp: String(NOW_MS / 1_000 + 301) }, problem: 'TIMESTAMP_STALE' },
] as const;

for (const { why, parts, problem } of REFUSED) {
  test(`verifySignature: answers ${problem}, because ${why}`, () => {
    assert.equal(verifySignature(SECRET, signed(parts), NOW_MS, SKEW_MS), problem);
  });
}

test('verifySignature: passes at exactly the skew on either side', () => {
  for (const offsetS of [-300, 300]) {
    assert.equal(verifySignature(SECRET, signed({ timestamp: String(NOW_MS / 1_000 + offsetS) }), NOW_MS, SKEW_MS), undefined);
  }
});

test('verifySignature: refuses when timestamp, nonce, body, secret or any bit of the signature is another', () => {
  const good = signed({});
  const others = [
    { ...good, timestamp: String(Number(TIMESTAMP) + 1) },
    { ...good, nonce: 'nonce-0002' },
    { ...good, body: Buffer.from('{"price":611.88}') },
  ];
  for (const request of others) assert.equal(verifySignature(SECRET, request, NOW_MS, SKEW_MS), 'SIGNATURE_WRONG');
  assert.equal(verifySignature(Buffer.from('another secret of tests, long'), good, NOW_MS, SKEW_MS), 'SIGNATURE_WRONG');
  for (let bit = 0; bit < 256; bit += 1) {
    const bytes = Buffer.from(good.signature, 'hex');
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(verifySignature(SECRET, { ...good, signature: bytes.toString('hex') }, NOW_MS, SKEW_MS), 'SIGNATURE_WRONG');
  }
  for (const signature of ['', good.signature.slice(2), `${good.signature}00`, 'z'.repeat(64), `sha256=${good.signature}`]) {
    assert.equal(verifySignature(SECRET, { ...good, signature }, NOW_MS, SKEW_MS), 'SIGNATURE_MALFORMED');
  }
});

test('signWebhook: no two different requests of the allowed alphabets sign the same bytes', () => {
  const request = fc.record({
    timestamp: fc.stringMatching(TIMESTAMP_PATTERN),
    nonce: fc.stringMatching(NONCE_PATTERN),
    // Bodies that look like more nonce and more dots are the interesting ones.
    body: fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9_.-]{0,80}$/)),
  });
  const text = (r: { timestamp: string; nonce: string; body: string }) => `${r.timestamp}.${r.nonce}.${r.body}`;
  fc.assert(
    fc.property(request, (r) => {
      // The signed text falls apart in one way only: at its first two dots.
      const signedText = text(r);
      const first = signedText.indexOf('.');
      const second = signedText.indexOf('.', first + 1);
      assert.equal(signedText.slice(0, first), r.timestamp);
      assert.equal(signedText.slice(first + 1, second), r.nonce);
      assert.equal(signedText.slice(second + 1), r.body);
    }),
  );
  fc.assert(
    fc.property(request, fc.nat(), (r, cut) => {
      // Moving the border between nonce and body gives a request that is refused or signed differently.
      const rest = `${r.nonce}.${r.body}`;
      const at = cut % (rest.length + 1);
      const moved = { ...r, nonce: rest.slice(0, at), body: Buffer.from(rest.slice(at + 1)) };
      fc.pre(moved.nonce !== r.nonce);
      const signature = signWebhook(SECRET, { ...r, body: Buffer.from(r.body) }).toString('hex');
      assert.notEqual(verifySignature(SECRET, { ...moved, signature }, Number(r.timestamp) * 1_000, SKEW_MS), undefined);
    }),
  );
});
