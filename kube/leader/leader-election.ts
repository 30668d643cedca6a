/** Competes for a Lease, so that one of several processes writes at a time. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import { isAlreadyExists, isConflict } from '../transport/cluster-error.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import type { KernelLogger } from '../ports/logger.ts';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';
import { type LeaseSpec, type LeaseView, nextLeaseMove, releasedLease } from './lease.ts';
import type { StallWatchdog } from './stall-watchdog.ts';
import type { Term } from './term.ts';

const { lease: LEASE } = KUBERNETES_TYPES;

/** How long a rival waits after the last sign of life. */
const DURATION_MS = 8_000;
/** A term lasts this long after a renewal was sent; the rest of the duration is for what is still on its way. */
const TERM_MS = 6_000;
const RENEW_PERIOD_MS = 1_500;
/** A standby looks more often than a leader renews: it has nothing else to do, and a hand-over waits for it. */
const STANDBY_PERIOD_MS = 500;
/** After somebody else was faster. */
const AGAIN_MS = 50;
/** A term that ends later than this after its time ends a process that was stalled. */
const STALL_MS_MAX = 1_000;
const RELEASE_TRIES_MAX = 3;
const RELEASE_MS_MAX = 2_000;

/**
 * `expired`: the API server took no renewal in time; compete again. `taken`: somebody else holds the lease while this process thought that it
 * did. `stalled`: this process slept beyond its term. After the last two nothing in its memory is to be trusted: end it.
 */
export type LossCause = 'expired' | 'taken' | 'stalled';

export interface LeaderElectionOptions {
  readonly cluster: Pick<Cluster, 'find' | 'create' | 'patch'>;
  readonly namespace: string;
  /** Of the Lease. */
  readonly name: string;
  /** Unique among all candidates, also over restarts. */
  readonly identity: string;
  /** Default 8 s. A whole number of seconds: the API server knows no fractions here. */
  readonly durationMs?: number;
  /** Default 6 s; a second less than the duration at least. */
  readonly termMs?: number;
  /** Between renewals. Default 1.5 s. */
  readonly periodMs?: number;
  readonly clock: Clock;
  readonly logger: KernelLogger;
  /** Ends the process when its event loop is blocked for longer than the term; before anybody else can lead. */
  readonly watchdog?: Pick<StallWatchdog, 'arm' | 'disarm'>;
  onElected(term: Term): void;
  onLost(cause: LossCause): void;
}

export interface LeaderElection {
  isLeading(): boolean;
  /** Ends the term, then gives the lease back, so that a standby takes over at once. */
  stop(): Promise<void>;
}

interface HeldLease extends KubeObject {
  readonly spec?: LeaseSpec;
}

interface OwnTerm extends Term {
  /** By both clocks: the monotonic one stands still while a machine is suspended, the other can be set. */
  until: { readonly monotonicMs: number; readonly wallMs: number };
  readonly abort: (reason: Error) => void;
}

/** Competes for a Lease for as long as it runs. Each time that it wins it, a new term begins. */
export function startLeaderElection(options: LeaderElectionOptions): LeaderElection {
  const { cluster, namespace, name, identity, clock, logger, watchdog } = options;
  const { durationMs = DURATION_MS, termMs = TERM_MS, periodMs = RENEW_PERIOD_MS } = options;
  if (termMs + STALL_MS_MAX > durationMs)
    throw new RangeError(`termMs (${termMs}) must be ${STALL_MS_MAX} less than durationMs (${durationMs})`);
  const address = { namespace, name };
  const stopping = new AbortController();
  let view: LeaseView | undefined;
  let term: OwnTerm | undefined;
  let cancelTimer = (): void => undefined;

  const end = (reason: string): void => {
    cancelTimer();
    watchdog?.disarm();
    const ended = term;
    term = undefined;
    ended?.abort(new Error(`the term of ${identity} ended: ${reason}`));
  };

  const lose = (cause: LossCause): void => {
    if (term === undefined) return;
    end(cause);
    logger.error({ lease: name, identity, cause }, 'leadership lost');
    options.onLost(cause);
  };

  const expire = (): void => {
    if (term === undefined) return;
    lose(clock.monotonicMs() - term.until.monotonicMs > STALL_MS_MAX ? 'stalled' : 'expired');
  };

  /** The lease is good from when the renewal was sent, not from when its answer came. */
  const hold = (sentAt: OwnTerm['until']): void => {
    if (stopping.signal.aborted) return;
    if (term?.isValid() === false) expire();
    const until = { monotonicMs: sentAt.monotonicMs + termMs, wallMs: sentAt.wallMs + termMs };
    const leftMs = Math.max(0, until.monotonicMs - clock.monotonicMs());
    cancelTimer();
    cancelTimer = clock.after(leftMs, expire);
    watchdog?.arm(leftMs + STALL_MS_MAX);
    if (term !== undefined) {
      term.until = until;
      return;
    }
    term = beginTerm(until, clock);
    logger.info({ lease: name, identity }, 'leadership won');
    options.onElected(term);
  };

  /** A lease that was deleted counts as one whose holder is silent, so that deleting it makes no second leader. */
  const see = (object: HeldLease | undefined): void => {
    const resourceVersion = object?.metadata.resourceVersion;
    if (object === undefined) view = view === undefined ? undefined : { ...view, resourceVersion: undefined };
    else if (view?.resourceVersion !== resourceVersion) view = { spec: object.spec ?? {}, seenAtMs: clock.monotonicMs(), resourceVersion };
  };
  const look = async (signal: AbortSignal): Promise<void> => see(await cluster.find<HeldLease>(LEASE, address, { signal }));

  /** The resource version makes a write of a candidate that saw an older lease a Conflict. */
  const write = (spec: LeaseSpec, signal: AbortSignal): Promise<HeldLease> =>
    view?.resourceVersion === undefined
      ? cluster.create<HeldLease>(LEASE, { apiVersion: LEASE.apiVersion, kind: LEASE.kind, metadata: address, spec }, { signal })
      : cluster.patch<HeldLease>(LEASE, address, { metadata: { resourceVersion: view.resourceVersion }, spec }, { signal });

  /** @returns how long to wait before the next round */
  const compete = async (signal: AbortSignal): Promise<number> => {
    await look(signal);
    const sentAt = { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
    const move = nextLeaseMove(view, { identity, durationMs }, sentAt);
    if (move.type === 'wait') {
      lose('taken');
      return Math.min(STANDBY_PERIOD_MS, Math.max(1, move.forMs));
    }
    see(await write(move.spec, signal));
    hold(sentAt);
    return periodMs;
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // A request that hangs must leave time for another before the term ends.
      const round = roundDeadline(clock, termMs / 2);
      let delayMs = STANDBY_PERIOD_MS;
      try {
        delayMs = await compete(AbortSignal.any([stopping.signal, round.signal]));
      } catch (error) {
        // Somebody else was faster: the next look tells who.
        if (isConflict(error) || isAlreadyExists(error)) delayMs = AGAIN_MS;
        else if (!stopping.signal.aborted) logger.warn({ err: error, lease: name, identity }, 'lease not renewed');
      } finally {
        round.end();
      }
      await clock.sleep(delayMs, stopping.signal).catch(() => undefined);
    }
  };
  const running = run();

  /** A renewal that was cut off may have been carried out, so it looks first. */
  const release = async (): Promise<void> => {
    const round = roundDeadline(clock, RELEASE_MS_MAX);
    try {
      for (let tries = 1; tries <= RELEASE_TRIES_MAX; tries += 1) {
        await look(round.signal);
        if (view?.resourceVersion === undefined || view.spec.holderIdentity !== identity) return;
        try {
          await write(releasedLease(view.spec, clock.nowMs()), round.signal);
          return;
        } catch (error) {
          if (!isConflict(error)) throw error;
        }
      }
    } catch (error) {
      logger.warn({ err: error, lease: name }, 'lease not released; it runs out by itself');
    } finally {
      round.end();
    }
  };

  return {
    isLeading: () => term?.isValid() === true,
    async stop() {
      stopping.abort(new Error('the leader election was stopped'));
      await running;
      end('stopped');
      await release();
    },
  };
}

function beginTerm(until: OwnTerm['until'], clock: Pick<Clock, 'monotonicMs' | 'nowMs'>): OwnTerm {
  const ending = new AbortController();
  const term: OwnTerm = {
    until,
    ended: ending.signal,
    abort: (reason) => ending.abort(reason),
    isValid: () => !ending.signal.aborted && clock.monotonicMs() < term.until.monotonicMs && clock.nowMs() < term.until.wallMs,
  };
  return term;
}

interface RoundDeadline {
  readonly signal: AbortSignal;
  readonly end: () => void;
}

function roundDeadline(clock: Clock, afterMs: number): RoundDeadline {
  const controller = new AbortController();
  const end = clock.after(afterMs, () => controller.abort(new Error(`no answer within ${afterMs} ms`)));
  return { signal: controller.signal, end };
}
