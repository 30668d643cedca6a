/**
 * How long a client waits before it tries to connect again.
 *
 * A try that reaches no server disturbs no other client, so the client tries often, because a halt waits for the connection. A server that was reached and
 * did not let the client in may have more clients at its door than it can admit in time. Then every further try makes the crowd larger, so the delays grow.
 */
import { backOffDelayMs } from '@flotilla/contracts/errors/back-off.ts';
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';

const UNREACHABLE = { firstMs: 200, maxMs: 200 } as const;
const NOT_ADMITTED = { firstMs: 200, maxMs: 5_000 } as const;

export interface ConnectDelays {
  /** A try begins. */
  onTry(): void;
  /** The server was reached, and asks who connects. */
  onAsked(): void;
  onConnected(): void;
  /** The wait after the end of the last try; the same until the next try begins. */
  delayMs(): number;
  /** The same wait, counted from the beginning of the last try. The first call after a try tells that the try has ended. */
  delayFromBeginMs(): number;
}

export function makeConnectDelays(rng: Pick<Rng, 'next'>, clock: Pick<Clock, 'monotonicMs'>): ConnectDelays {
  let refusals = 0;
  let delayMs = 0;
  let beganAtMs = Number.NEGATIVE_INFINITY;
  let tookMs: number | undefined = 0;
  const unreachableMs = (): number => backOffDelayMs(1, UNREACHABLE, rng);
  return {
    onTry() {
      delayMs = unreachableMs();
      beganAtMs = clock.monotonicMs();
      tookMs = undefined;
    },
    onAsked() {
      refusals += 1;
      delayMs = backOffDelayMs(refusals, NOT_ADMITTED, rng);
    },
    onConnected() {
      refusals = 0;
      delayMs = unreachableMs();
    },
    delayMs: () => delayMs,
    delayFromBeginMs() {
      tookMs ??= clock.monotonicMs() - beganAtMs;
      return delayMs + tookMs;
    },
  };
}
