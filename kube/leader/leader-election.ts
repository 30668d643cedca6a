/** Competes for a Lease, so that one of several processes writes at a time. */
import { assert, AssertionError } from '@flotilla/contracts/errors/assert.ts';
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

/** How long a rival waits after the last renewal that it saw. */
const DURATION_MS = 8_000;
/** A term lasts this long after a renewal was sent. The rest of the lease's duration is for writes that are still on their way. */
const TERM_MS = 6_000;
const RENEW_PERIOD_MS = 1_500;
/** A standby looks more often than a leader renews, because a hand-over waits for the standby. */
const STANDBY_PERIOD_MS = 500;
/** Delay after another candidate was faster. */
const AGAIN_MS = 50;
/** A process that notices the end of its term later than this was stalled. */
const STALL_MS_MAX = 1_000;
const RELEASE_TRIES_MAX = 3;
const RELEASE_MS_MAX = 2_000;

/**
 * `expired`: the API server accepted no renewal in time; the election goes on. `taken`: another process holds the lease, although the term of
 * this process had not ended. `stalled`: this process slept beyond its term. After `taken` and `stalled`, end the process: its memory may be wrong.
 */
export type LossCause = 'expired' | 'taken' | 'stalled';

export interface LeaderElectionOptions {
  readonly cluster: Pick<Cluster, 'find' | 'create' | 'patch'>;
  readonly namespace: string;
  /** Name of the Lease. */
  readonly name: string;
  /** Identity of this process: unique among all candidates, and different after a restart. */
  readonly identity: string;
  /** How long the lease holds after a renewal. Default 8 s. A whole number of seconds, because the API server takes no fraction. */
  readonly durationMs?: number;
  /** How long a term lasts after a renewal was sent. Default 6 s. At least one second shorter than `durationMs`. */
  readonly termMs?: number;
  /** Time between two renewals. Default 1.5 s. */
  readonly periodMs?: number;
  readonly clock: Clock;
  readonly logger: KernelLogger;
  /** Ends the process when its event loop is blocked for longer than the term, before another process can lead. */
  readonly watchdog?: Pick<StallWatchdog, 'arm' | 'disarm'>;
  onElected(term: Term): void;
  onLost(cause: LossCause): void;
}

export interface LeaderElection {
  isLeading(): boolean;
  /** Ends the term, then releases the lease, so that a standby takes over at once. */
  stop(): Promise<void>;
}

interface HeldLease extends KubeObject {
  readonly spec?: LeaseSpec;
}

interface OwnTerm extends Term {
  /** End of the term by both clocks: the monotonic clock stands still while the machine is suspended, and the wall clock can be set. */
  until: { readonly monotonicMs: number; readonly wallMs: number };
  readonly abort: (reason: Error) => void;
}

/**
 * Competes for a Lease until it is stopped. Each time that this process wins the lease, a new term begins.
 *
 * @throws AssertionError when the term does not end at least a second before rivals may take the lease
 */
export function startLeaderElection(options: LeaderElectionOptions): LeaderElection {
  return new LeaseCandidate(options).begin();
}

class LeaseCandidate implements LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #durationMs: number;
  readonly #termMs: number;
  readonly #stopping = new AbortController();
  #view: LeaseView | undefined;
  #term: OwnTerm | undefined;
  #cancelTimer = (): void => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: LeaderElectionOptions) {
    const { identity, durationMs = DURATION_MS, termMs = TERM_MS } = options;
    assert(identity !== '', 'expected an identity for the leader election: an empty holder means that the lease is free');
    assert(termMs + STALL_MS_MAX <= durationMs, `expected termMs (${termMs}) to be ${STALL_MS_MAX} less than durationMs (${durationMs})`);
    this.#options = options;
    this.#durationMs = durationMs;
    this.#termMs = termMs;
  }

  begin(): this {
    this.#running = this.#run();
    return this;
  }

  isLeading(): boolean {
    return this.#term?.isValid() === true;
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the leader election was stopped'));
    await this.#running;
    this.#end('stopped');
    await this.#release();
  }

  /**
   * Competes in rounds until `stop`. The delays are fixed, without back-off: a term ends at a fixed time, and longer delays after failures would
   * lose a lease that one more try can keep.
   */
  async #run(): Promise<void> {
    const { clock, logger, name, identity } = this.#options;
    while (!this.#stopping.signal.aborted) {
      // A request that hangs must leave time for another one before the term ends.
      const round = roundDeadline(clock, this.#termMs / 2);
      let delayMs = STANDBY_PERIOD_MS;
      try {
        delayMs = await this.#compete(AbortSignal.any([this.#stopping.signal, round.signal]));
      } catch (error) {
        if (error instanceof AssertionError) throw error;
        // Another candidate was faster: the next round reads which.
        if (isConflict(error) || isAlreadyExists(error)) delayMs = AGAIN_MS;
        else if (!this.#stopping.signal.aborted) logger.warn({ err: error, lease: name, identity }, 'could not renew the lease; retrying');
      } finally {
        round.end();
      }
      await clock.sleep(delayMs, this.#stopping.signal).catch(() => undefined);
    }
  }

  /** @returns the delay in milliseconds before the next round */
  async #compete(signal: AbortSignal): Promise<number> {
    const { clock, identity, periodMs = RENEW_PERIOD_MS } = this.#options;
    await this.#look(signal);
    const sentAt = { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
    const move = nextLeaseMove(this.#view, { identity, durationMs: this.#durationMs }, sentAt);
    if (move.type === 'wait') {
      this.#lose('taken');
      return Math.min(STANDBY_PERIOD_MS, Math.max(1, move.forMs));
    }
    this.#see(await this.#write(move.spec, signal));
    this.#hold(sentAt);
    return periodMs;
  }

  async #look(signal: AbortSignal): Promise<void> {
    this.#see(await this.#options.cluster.find<HeldLease>(LEASE, this.#address(), { signal }));
  }

  /** A lease that was deleted counts as one whose holder is silent, so that deleting it makes no second leader. */
  #see(object: HeldLease | undefined): void {
    const resourceVersion = object?.metadata.resourceVersion;
    if (object === undefined) this.#view = this.#view === undefined ? undefined : { ...this.#view, resourceVersion: undefined };
    else if (this.#view?.resourceVersion !== resourceVersion) {
      this.#view = { spec: object.spec ?? {}, seenAtMs: this.#options.clock.monotonicMs(), resourceVersion };
    }
  }

  /** The resource version makes a write of a candidate that saw an older lease a Conflict. */
  #write(spec: LeaseSpec, signal: AbortSignal): Promise<HeldLease> {
    const { cluster } = this.#options;
    const resourceVersion = this.#view?.resourceVersion;
    const metadata = this.#address();
    return resourceVersion === undefined
      ? cluster.create<HeldLease>(LEASE, { apiVersion: LEASE.apiVersion, kind: LEASE.kind, metadata, spec }, { signal })
      : cluster.patch<HeldLease>(LEASE, metadata, { metadata: { resourceVersion }, spec }, { signal });
  }

  /** The term counts from the moment at which the renewal was sent, not from its answer. */
  #hold(sentAt: OwnTerm['until']): void {
    const { clock, logger, watchdog, name, identity } = this.#options;
    if (this.#stopping.signal.aborted) return;
    if (this.#term?.isValid() === false) this.#expire();
    const until = { monotonicMs: sentAt.monotonicMs + this.#termMs, wallMs: sentAt.wallMs + this.#termMs };
    assert(until.monotonicMs >= (this.#term?.until.monotonicMs ?? 0), `lease ${name}: expected a renewal to prolong the term`);
    const leftMs = Math.max(0, until.monotonicMs - clock.monotonicMs());
    this.#cancelTimer();
    this.#cancelTimer = clock.after(leftMs, () => this.#expire());
    watchdog?.arm(leftMs + STALL_MS_MAX);
    if (this.#term !== undefined) {
      this.#term.until = until;
      return;
    }
    this.#term = beginTerm(until, clock);
    logger.info({ lease: name, identity }, 'this process leads now');
    this.#options.onElected(this.#term);
  }

  #expire(): void {
    if (this.#term === undefined) return;
    const lateMs = this.#options.clock.monotonicMs() - this.#term.until.monotonicMs;
    this.#lose(lateMs > STALL_MS_MAX ? 'stalled' : 'expired');
  }

  #lose(cause: LossCause): void {
    const { logger, name, identity } = this.#options;
    if (this.#term === undefined) return;
    this.#end(cause);
    logger.error({ lease: name, identity, cause }, 'this process leads no longer');
    this.#options.onLost(cause);
  }

  #end(reason: string): void {
    const { watchdog, identity } = this.#options;
    this.#cancelTimer();
    watchdog?.disarm();
    const ended = this.#term;
    this.#term = undefined;
    ended?.abort(new Error(`the term of ${identity} ended: ${reason}`));
  }

  /** Reads the lease first, because the server may have carried out a renewal whose answer was lost. */
  async #release(): Promise<void> {
    const { clock, logger, name } = this.#options;
    const round = roundDeadline(clock, RELEASE_MS_MAX);
    try {
      for (let tries = 1; tries <= RELEASE_TRIES_MAX; tries += 1) {
        if (await this.#releaseOnce(round.signal)) return;
      }
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      logger.warn({ err: error, lease: name }, 'could not release the lease; it expires by itself');
    } finally {
      round.end();
    }
  }

  /** False: another process wrote the lease in between. */
  async #releaseOnce(signal: AbortSignal): Promise<boolean> {
    await this.#look(signal);
    const view = this.#view;
    if (view?.resourceVersion === undefined || view.spec.holderIdentity !== this.#options.identity) return true;
    try {
      await this.#write(releasedLease(view.spec, this.#options.clock.nowMs()), signal);
      return true;
    } catch (error) {
      if (!isConflict(error)) throw error;
      return false;
    }
  }

  #address(): { readonly namespace: string; readonly name: string } {
    return { namespace: this.#options.namespace, name: this.#options.name };
  }
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
