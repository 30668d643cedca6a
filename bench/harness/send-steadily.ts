/** An open loop: calls `send` at fixed times and does not wait for earlier calls, so a slow system gets the same load as a fast one. */
import { systemClock } from '@flotilla/runtime/clock.ts';

/** Calls `send(0)` … `send(count - 1)` at `perSecond`. Resolves when all calls have ended. */
export async function sendSteadily(count: number, perSecond: number, send: (position: number) => Promise<void>): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  const underWay: Promise<void>[] = [];
  for (let position = 0; position < count; position += 1) {
    const waitMs = startedMs + (position * 1_000) / perSecond - systemClock.monotonicMs();
    if (waitMs > 0) await systemClock.sleep(waitMs);
    underWay.push(send(position));
  }
  await Promise.all(underWay);
}
