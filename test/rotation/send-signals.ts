/** Sends 200 signed webhooks a second to the gateway of a world. Each is repeated until the gateway has taken it; a refusal ends the sending. */
import { setTimeout as sleep } from 'node:timers/promises';
import { sendWebhook } from '../fleet/send-webhook.ts';
import type { RotationWorld } from './rotation-world.ts';

const SIGNALS_PER_SECOND = 200;

export interface Traffic {
  /** Resolves when every webhook that was on its way has been taken. */
  settle(): Promise<void>;
  /** Resolves to the nonces of all webhooks that the gateway of this world has ever taken. */
  stop(): Promise<readonly string[]>;
}

/** By world: the nonces that its gateway has taken. */
const taken = new WeakMap<RotationWorld, string[]>();

/** Sends until it is told to stop. */
export function sendSignals(world: RotationWorld): Traffic {
  const sent = taken.get(world) ?? [];
  taken.set(world, sent);
  const stopping = new AbortController();
  const pending = new Set<Promise<void>>();
  const beginMs = performance.now();
  const run = async (): Promise<void> => {
    for (let count = 0; !stopping.signal.aborted; count += 1) {
      const body = alertOf(count % 2 === 0 ? 'BUY' : 'SELL');
      const one = sendWebhook({ gatewayUrl: world.gatewayUrl, secret: world.secret() }, body).then(({ nonce }) => void sent.push(nonce));
      pending.add(one);
      void one.finally(() => pending.delete(one)).catch(() => undefined);
      await sleep(Math.max(0, beginMs + (count * 1_000) / SIGNALS_PER_SECOND - performance.now()));
    }
    await Promise.all(pending);
  };
  const running = run();
  running.catch(() => undefined);
  return {
    settle: async () => void (await Promise.all(pending)),
    async stop() {
      stopping.abort();
      await running;
      return sent;
    },
  };
}

export function alertOf(signal: 'BUY' | 'SELL'): string {
  return JSON.stringify({ instrument: 'BTC-USD', price: '611.87', signal, strength: '0.8' });
}
