import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from '@flotilla/contracts';
import type { Msg } from '@nats-io/nats-core';
import { toDelivery } from './delivery.ts';

function message(reply: string, sent: string[] = []): Msg {
  return {
    subject: 'signals.raw.tv',
    sid: 1,
    reply,
    data: new Uint8Array([1]),
    respond: (payload?: Uint8Array | string) => sent.push(Buffer.from(payload ?? '').toString('utf8')) > 0,
    json: () => undefined as never,
    string: () => '',
  };
}

for (const [form, reply] of [
  ['the short form', '$JS.ACK.SIGNALS.reader.3.17.29.1700000000123456789.5'],
  ['the form with domain and account', '$JS.ACK.hub.ACCHASH.SIGNALS.reader.3.17.29.1700000000123456789.5.random'],
] as const) {
  test(`toDelivery: reads all facts from the reply subject, when it has ${form}`, () => {
    const delivery = toDelivery(message(reply));
    const { stream, deliveryCount, sequence, consumerSequence, storedAtMs, pending, subject } = delivery;
    assert.deepEqual(
      { stream, deliveryCount, sequence, consumerSequence, storedAtMs, pending, subject },
      {
        stream: 'SIGNALS',
        deliveryCount: 3,
        sequence: 17,
        consumerSequence: 29,
        storedAtMs: 1_700_000_000_123,
        pending: 5,
        subject: 'signals.raw.tv',
      },
    );
  });
}

test('toDelivery: answers in the words of JetStream, when a message is settled', async () => {
  const sent: string[] = [];
  const delivery = toDelivery(message('$JS.ACK.S.c.1.1.1.1.0', sent));
  delivery.working();
  delivery.nak(1_500);
  delivery.term('two\nlines');
  await delivery.ack();
  assert.deepEqual(sent, ['+WPI', '-NAK {"delay":1500000000}', '+TERM two lines', '+ACK']);
});

test('toDelivery: fails an assertion, when the message does not come from a consumer', () => {
  assert.throws(() => toDelivery(message('_INBOX.x')), AssertionError);
});
