/** Tells of changes by hand: in the log, as metrics, in the audit log, and as an event on the object where there is one. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import type { Drift, DriftKind, TellDrift } from './drift.ts';

/** The same change is told at most once in this time. The metric counts each repair. */
const TELL_MS_MIN = 60_000;
/** Bound on changes that are remembered. Beyond it the memory starts anew, and a change is told once more. */
const REMEMBERED_MAX = 10_000;
/** Bound on a value in the log and in the audit event. */
const VALUE_CHARACTERS_MAX = 1_000;

export interface DriftTellerOptions {
  /** Writes the audit event. @throws FlotillaError of the bus */
  audit(drift: Drift, action: 'DRIFT_REPAIRED' | 'DRIFT_LASTS'): Promise<void>;
  /** Writes the event on the object of the change, if there is one. */
  notify(drift: Drift): void;
  readonly count: DriftCounts;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: KernelLogger;
}

export interface DriftCounts {
  /** Counts one repair. */
  repaired(what: DriftKind): void;
  /** Notes a change that lasts. The gauge forgets a change that is not noted again. */
  lasting(what: DriftKind, name: string): void;
}

export function makeDriftTeller(options: DriftTellerOptions): TellDrift {
  const { count, clock, logger } = options;
  const toldAtMs = new Map<string, number>();
  return (given) => {
    const drift = { ...given, expected: bounded(given.expected), found: bounded(given.found) };
    const { isRepaired, what, name } = drift;
    if (isRepaired) count.repaired(what);
    else count.lasting(what, name);
    const key = JSON.stringify([what, name, drift.found, isRepaired]);
    const nowMs = clock.monotonicMs();
    if (nowMs - (toldAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < TELL_MS_MIN) return;
    if (toldAtMs.size >= REMEMBERED_MAX) toldAtMs.clear();
    toldAtMs.set(key, nowMs);
    const { expected, found } = drift;
    if (isRepaired) logger.warn({ what, name, expected, found }, 'a change by hand was put back');
    else logger.error({ what, name, expected, found }, 'a change by hand cannot be put back; a person must act');
    options.notify(drift);
    options.audit(drift, isRepaired ? 'DRIFT_REPAIRED' : 'DRIFT_LASTS').catch((error: unknown) => {
      if (!(error instanceof FlotillaError)) throw error;
      // The next find of the same change tells again.
      toldAtMs.delete(key);
      logger.warn({ err: error, what, name }, 'the audit event of a change by hand could not be written');
    });
  };
}

function bounded(text: string): string {
  return text.length <= VALUE_CHARACTERS_MAX ? text : `${text.slice(0, VALUE_CHARACTERS_MAX)}…`;
}
