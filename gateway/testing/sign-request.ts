/** Requests as a sender makes them, for tests. */
import { signWebhook } from '../webhook/signature.ts';

export interface SignedRequest {
  readonly timestamp: string;
  readonly nonce: string;
  readonly body: string | Uint8Array;
  readonly secret: string | Uint8Array;
}

/** Headers of a well signed request. */
export function signedHeaders(request: SignedRequest): Record<string, string> {
  const { timestamp, nonce } = request;
  const signature = signWebhook(Buffer.from(request.secret), { timestamp, nonce, body: Buffer.from(request.body) }).toString('hex');
  return { 'x-timestamp': timestamp, 'x-nonce': nonce, 'x-signature': signature, 'content-type': 'application/json' };
}
