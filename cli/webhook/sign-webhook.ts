/** Makes a signed webhook request for a SignalSource of scheme `Hmac`, as a sender outside would. For `flotilla send` and the demo. */
import { createHmac } from 'node:crypto';

export interface AlertFields {
  readonly instrument: string;
  /** Plain decimal text, written to the JSON digit by digit. */
  readonly price: string;
  readonly signal: string;
  readonly strength: string;
}

export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @throws RangeError for a price or strength that is not a plain number, because such a text could add fields to the JSON. */
export function alertBody({ instrument, price, signal, strength }: AlertFields): string {
  for (const number of [price, strength]) {
    if (!/^-?(0|[1-9]\d*)(\.\d+)?$/.test(number))
      throw new RangeError(`expected a plain decimal such as 611.87, found ${JSON.stringify(number)}`);
  }
  return `{"instrument":${JSON.stringify(instrument)},"price":${price},"signal":${JSON.stringify(signal)},"strength":${strength}}`;
}

/** `nonce`: 8 to 64 of `A-Z a-z 0-9 _ -`, never used before with this source. */
export function signWebhook(secret: Uint8Array, body: string, nowMs: number, nonce: string): SignedRequest {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.${nonce}.${body}`).digest('hex');
  return {
    headers: { 'content-type': 'application/json', 'x-timestamp': timestamp, 'x-nonce': nonce, 'x-signature': signature },
    body,
  };
}
