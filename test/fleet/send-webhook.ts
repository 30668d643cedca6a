/** Signs and posts one webhook as a sender would: it repeats the webhook with the same nonce until the gateway has accepted it. */
import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet } from './start-fleet.ts';
import { SOURCE } from './fleet-config.ts';

const RETRY_MS = 20;
const ATTEMPTS_MAX = 1_000;

export interface WebhookSent {
  readonly nonce: string;
  readonly attempts: number;
}

/** Resolves once the gateway has stored it: 202, or 401 to a repetition of what it stored before it was killed. */
export async function sendWebhook(fleet: Pick<Fleet, 'gatewayUrl' | 'secret'>, body: string): Promise<WebhookSent> {
  const nonce = randomBytes(16).toString('hex');
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = createHmac('sha256', fleet.secret).update(`${timestamp}.${nonce}.${body}`).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-timestamp': timestamp, 'x-nonce': nonce, 'x-signature': signature };
  let answered = 'nothing';
  for (let attempts = 1; attempts <= ATTEMPTS_MAX; attempts += 1) {
    const status = await post(`${fleet.gatewayUrl}/webhook/${SOURCE}`, headers, body);
    if (status === 202 || (status === 401 && attempts > 1)) return { nonce, attempts };
    answered = String(status ?? 'no connection');
    if (status !== undefined && status !== 503) break;
    await sleep(RETRY_MS);
  }
  throw new Error(`expected the gateway to take the webhook, found ${answered}`);
}

async function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}
