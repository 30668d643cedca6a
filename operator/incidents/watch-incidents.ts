/**
 * Watches the quarantine while the operator leads, and tells of each principal that tries what it has no right to: in the log, as a metric, in the
 * audit log, and as an event on its Strategy or Portfolio.
 *
 * The attempts themselves are messages of QUARANTINE, which the audit log holds, so what is told is bounded and nothing is lost.
 */
import { pushSubject, storedSubject } from '@flotilla/contracts/access/core-account.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { type Incident, incidentOf } from './incident.ts';

/** A principal is told of at most once in this time. The next telling has the number of attempts in between. */
const TELL_MS_MIN = 60_000;
/** Bound on principals that are remembered; beyond it the memory starts anew, and a principal is told of once more. */
const REMEMBERED_MAX = 10_000;

export interface IncidentOptions {
  readonly bus: Pick<NatsBus, 'subscribe'>;
  /** Writes the audit event. @throws FlotillaError of the bus */
  audit(incident: Incident, attemptCount: number): Promise<void>;
  /** Writes the event on the object of the principal, if it has one. */
  notify(incident: Incident, attemptCount: number): void;
  count(): void;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: KernelLogger;
}

interface Remembered {
  readonly toldAtMs: number;
  /** Attempts since then. */
  readonly attemptCount: number;
}

/** The result ends the watch. */
export function watchIncidents(options: IncidentOptions): () => void {
  const remembered = new Map<string, Remembered>();
  const subscription = options.bus.subscribe(pushSubject('quarantine.>'), ({ subject }) => {
    const incident = incidentOf(storedSubject(subject));
    if (incident === undefined) return;
    options.count();
    const { toldAtMs = Number.NEGATIVE_INFINITY, attemptCount = 0 } = remembered.get(incident.principal) ?? {};
    const nowMs = options.clock.monotonicMs();
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    if (nowMs - toldAtMs < TELL_MS_MIN) {
      remembered.set(incident.principal, { toldAtMs, attemptCount: attemptCount + 1 });
      return;
    }
    remembered.set(incident.principal, { toldAtMs: nowMs, attemptCount: 0 });
    tell(options, incident, attemptCount + 1);
  });
  return () => subscription.unsubscribe();
}

function tell(options: IncidentOptions, incident: Incident, attemptCount: number): void {
  const { logger } = options;
  logger.warn({ ...incident, attemptCount }, 'a principal tried what it has no right to; the attempt is kept in QUARANTINE');
  options.notify(incident, attemptCount);
  options.audit(incident, attemptCount).catch((error: unknown) => {
    if (!(error instanceof FlotillaError)) throw error;
    logger.warn({ err: error, ...incident }, 'the audit event of an incident could not be written; the attempt itself is in QUARANTINE');
  });
}
