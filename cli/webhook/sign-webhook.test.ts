import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertBody, signWebhook } from './sign-webhook.ts';

test('signWebhook: gives the digest that openssl gives, for a known request', () => {
  // printf '1475798404.nonce-0001.{"price":611.87}' | openssl dgst -sha256 -hmac 'a secret of tests, long enough'
  const { headers, body } = signWebhook(Buffer.from('a secret of tests, long enough'), '{"price":611.87}', 1_475_798_404_999, 'nonce-0001');
  assert.equal(headers['x-signature'], 'deaa86694e546cabc94d992b37e4c702f0119dfc078118e69f92c6e0b8eeabc6');
  assert.equal(headers['x-timestamp'], '1475798404');
  assert.equal(headers['x-nonce'], 'nonce-0001');
  assert.equal(body, '{"price":611.87}');
});

test('alertBody: writes every digit of a number as it was given', () => {
  const body = alertBody({ instrument: 'BTC-USD', price: '611.870', signal: 'BUY', strength: '0.8' });
  assert.equal(body, '{"instrument":"BTC-USD","price":611.870,"signal":"BUY","strength":0.8}');
});

for (const price of ['NaN', '1e5', '', ' 1', '1,"x":1', '01', '.5']) {
  test(`alertBody: refuses the price ${JSON.stringify(price)}`, () => {
    assert.throws(() => alertBody({ instrument: 'BTC-USD', price, signal: 'BUY', strength: '1' }), RangeError);
  });
}
