/** Plays the desk: sends signed webhooks, one after the other. For the demo. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { kubectlGet } from '@flotilla/cli/cluster/kubectl.ts';
import type { CliContext } from '@flotilla/cli/session/context.ts';
import { alertBody, signWebhook } from '@flotilla/cli/webhook/sign-webhook.ts';
import { secretBytes } from '@flotilla/contracts/values/secret-bytes.ts';

const INTERVAL_MS = 60;
/** One alert in so many is for an instrument without a market here, and exec denies its order. */
const FOREIGN_EVERY = 16;

export interface AlertsSent {
  readonly accepted: number;
  acceptedAfter(timeMs: number): number;
}

/** Sends until `signal` aborts. @throws Error when the gateway refuses an alert. */
export async function sendAlerts(context: CliContext, signal: AbortSignal): Promise<AlertsSent> {
  const secret = await kubectlGet<{ readonly data: { readonly secret: string } }>(context, [
    'secret/desk-webhook',
    '-n',
    context.namespace,
  ]);
  if (secret === undefined || context.gatewayUrl === undefined)
    throw new Error('expected the Secret desk-webhook and a gateway, found none');
  const key = secretBytes(Buffer.from(secret.data.secret, 'base64'));
  const acceptedAtMs: number[] = [];
  for (let count = 0; !signal.aborted; count += 1) {
    const request = signWebhook(key, bodyOf(count), Date.now(), randomBytes(16).toString('hex'));
    const response = await fetch(`${context.gatewayUrl}/webhook/desk`, { method: 'POST', ...request });
    if (response.status !== 202) throw new Error(`the gateway answered ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
    acceptedAtMs.push(Date.now());
    await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
  return { accepted: acceptedAtMs.length, acceptedAfter: (timeMs) => acceptedAtMs.filter((atMs) => atMs > timeMs).length };
}

function bodyOf(count: number): string {
  const signal = count % 2 === 0 ? 'BUY' : 'SELL';
  return count % FOREIGN_EVERY === FOREIGN_EVERY - 1
    ? alertBody({ instrument: 'ETH-USD', price: '13.05', signal: 'BUY', strength: '0.4' })
    : alertBody({ instrument: 'BTC-USD', price: '612', signal, strength: '0.8' });
}
