/** Plays the exec of every portfolio: reports that it runs the newest configuration and holds nothing. */
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import { healthyExec } from '@flotilla/operator/testing/healthy-exec.ts';
import { type NatsBus, openBucket, systemClock } from '@flotilla/runtime';

/** exec reports every five seconds at least. */
const REPORT_MS = 5_000;
const RETRY_MS = 100;

export interface FakeExec {
  stop(): void;
}

/** Reports each new configuration as soon as it arrives, as exec does. */
export function startFakeExec(bus: NatsBus, portfolios: readonly string[]): FakeExec {
  const config = openBucket(bus, 'CONFIG');
  const status = openBucket(bus, 'STATUS');
  const stopping = new AbortController();
  const latest = new Map<string, ExecConfig>();

  const report = async (portfolio: string): Promise<void> => {
    const entry = latest.get(portfolio);
    await status.put(keys.execStatus(portfolio), Buffer.from(canonicalJson(healthyExec(portfolio, entry)))).catch(() => undefined);
  };
  const play = async (portfolio: string): Promise<void> => {
    const watch = await config.watch(keys.execConfig(portfolio), ({ value }) => {
      latest.set(portfolio, JSON.parse(Buffer.from(value).toString('utf8')) as ExecConfig);
      void report(portfolio);
    });
    stopping.signal.addEventListener('abort', () => watch.unsubscribe());
    while (!stopping.signal.aborted) {
      await report(portfolio);
      await systemClock.sleep(latest.has(portfolio) ? REPORT_MS : RETRY_MS, stopping.signal).catch(() => undefined);
    }
  };
  for (const portfolio of portfolios) void play(portfolio);
  return { stop: () => stopping.abort() };
}
