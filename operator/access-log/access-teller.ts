/** Writes accesses to the audit log: each once, then with a count, a few at a time, and again when the bus did not take them. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { sha256 } from '@flotilla/contracts/values/ids.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import { type Access, type AccessDigest, type CountedAccess, makeAccessDigest } from './access-digest.ts';

const FLUSH_MS = 5_000;
/** So a fleet of a thousand agents that connects at once is told within two minutes, at ten events a second. */
const EVENTS_PER_FLUSH_MAX = 50;

export interface TellerOptions {
  /** Writes the audit event. @throws FlotillaError of the bus */
  readonly audit: (
    portfolio: string | undefined,
    id: string,
    action: Access['action'],
    details: Readonly<Record<string, string>>,
  ) => Promise<void>;
  readonly clock: Clock;
  readonly logger: KernelLogger;
}

export interface AccessTeller {
  /** @param count how often it happened; 1 by default */
  take(access: Access, atMs: number, count?: number): void;
  stop(): Promise<void>;
}

export function startAccessTeller(options: TellerOptions): AccessTeller {
  const digest = makeAccessDigest();
  const stopping = new AbortController();
  const running = keepFlushing(options, digest, stopping.signal);
  return {
    take: (access, atMs, count) => digest.take(access, atMs, count),
    async stop() {
      stopping.abort(new Error('stopped'));
      await running;
    },
  };
}

async function keepFlushing(options: TellerOptions, digest: AccessDigest, signal: AbortSignal): Promise<void> {
  const { clock, logger } = options;
  while (!signal.aborted) {
    await clock.sleep(FLUSH_MS, signal).catch(() => undefined);
    const { accesses, uncollectedCount } = digest.due(clock.nowMs(), EVENTS_PER_FLUSH_MAX);
    const left = await tellAll(options, accesses);
    digest.putBack(left);
    if (uncollectedCount > 0)
      logger.warn({ uncollectedCount }, 'more different accesses than the access log can hold were counted and not told');
  }
}

/** Resolves to those that could not be told. */
async function tellAll({ audit, logger }: TellerOptions, accesses: readonly CountedAccess[]): Promise<readonly CountedAccess[]> {
  for (const [index, { action, portfolio, details, count, firstAtMs, lastAtMs }] of accesses.entries()) {
    const id = sha256(JSON.stringify(['access', action, details, firstAtMs, count]));
    const times = count === 1 ? {} : { firstAt: formatTime(firstAtMs) };
    try {
      await audit(portfolio, id, action, { ...details, count: String(count), ...times, lastAt: formatTime(lastAtMs) });
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      logger.warn({ err: error }, 'the audit log did not take an access; the next try follows');
      return accesses.slice(index);
    }
  }
  return [];
}
