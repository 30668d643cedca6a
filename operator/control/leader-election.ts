import type { Clock } from '@flotilla/contracts/ports.ts';
import { isAlreadyExists, isConflict } from '../kube/cluster-error.ts';
import type { Cluster } from '../kube/cluster.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import type { KernelLogger } from '../kube/logger.ts';
import { KUBERNETES_TYPES } from '../kube/resource-type.ts';
import { nextLeaseMove, releasedLease } from './lease.ts';
import type { LeaseSpec, LeaseView } from './lease.ts';

const { lease: LEASE } = KUBERNETES_TYPES;

export interface LeaderElectionOptions {
  readonly cluster: Pick<Cluster, 'find' | 'create' | 'patch'>;
  readonly namespace: string;
  /** Of the Lease. */
  readonly name: string;
  /** Unique among all candidates, also over restarts. */
  readonly identity: string;
  /** After this much silence of the holder another may take the lease. Default 8 s. */
  readonly durationMs?: number;
  /** The holder gives up by itself when it could not renew for this long; less than the duration by more than clocks can drift. Default 5 s. */
  readonly renewDeadlineMs?: number;
  /** Between two tries. Default 1.5 s. */
  readonly periodMs?: number;
  readonly clock: Clock;
  readonly logger: KernelLogger;
  onElected(): void;
  /** Stop writing at once; ending the process is the safest way. */
  onLost(reason: string): void;
}

export interface LeaderElection {
  /**
   * True while no other process can hold the lease. By the monotonic clock at the moment of the call: false after a stall or a suspended
   * machine, before any timer ran. Ask it before a write that must not be doubled.
   */
  isLeading(): boolean;
  /** Gives the lease back if held, so that a standby takes over at once. */
  stop(): Promise<void>;
}

interface HeldLease extends KubeObject {
  readonly spec?: LeaseSpec;
}

/** Competes for a Lease for as long as it runs. One that lost it competes again, unless `onLost` ends the process. */
export function startLeaderElection(options: LeaderElectionOptions): LeaderElection {
  const { cluster, namespace, name, identity, clock, logger, durationMs = 8_000, renewDeadlineMs = 5_000, periodMs = 1_500 } = options;
  if (renewDeadlineMs >= durationMs)
    throw new RangeError(`renewDeadlineMs (${renewDeadlineMs}) must be less than durationMs (${durationMs})`);
  const address = { namespace, name };
  const stopping = new AbortController();
  let view: (LeaseView & { readonly resourceVersion: string }) | undefined;
  /** Leading until then; undefined: not leading. */
  let validUntilMs: number | undefined;
  let cancelWatchdog = (): void => undefined;

  const lose = (reason: string): void => {
    if (validUntilMs === undefined) return;
    validUntilMs = undefined;
    cancelWatchdog();
    logger.error({ lease: name, identity, reason }, 'leadership lost');
    options.onLost(reason);
  };

  /** `sentAtMs`: the lease is good from when the renewal was sent, not from when its answer came. */
  const hold = (sentAtMs: number): void => {
    const wasLeading = validUntilMs !== undefined;
    validUntilMs = sentAtMs + renewDeadlineMs;
    cancelWatchdog();
    cancelWatchdog = clock.after(Math.max(0, validUntilMs - clock.monotonicMs()), () => lose(`not renewed for ${renewDeadlineMs} ms`));
    if (wasLeading) return;
    logger.info({ lease: name, identity }, 'leadership won');
    options.onElected();
  };

  const see = (object: HeldLease | undefined): void => {
    const resourceVersion = object?.metadata.resourceVersion;
    if (object === undefined || resourceVersion === undefined) view = undefined;
    else if (view?.resourceVersion !== resourceVersion) view = { spec: object.spec ?? {}, seenAtMs: clock.monotonicMs(), resourceVersion };
  };

  /** The resource version makes a write of a candidate that saw an older lease a Conflict. */
  const write = (spec: LeaseSpec, signal: AbortSignal): Promise<HeldLease> =>
    view === undefined
      ? cluster.create<HeldLease>(LEASE, { apiVersion: LEASE.apiVersion, kind: LEASE.kind, metadata: address, spec }, { signal })
      : cluster.patch<HeldLease>(LEASE, address, { metadata: { resourceVersion: view.resourceVersion }, spec }, { signal });

  const compete = async (signal: AbortSignal): Promise<void> => {
    see(await cluster.find<HeldLease>(LEASE, address, { signal }));
    const sentAtMs = clock.monotonicMs();
    const move = nextLeaseMove(view, { identity, durationMs }, { monotonicMs: sentAtMs, wallMs: clock.nowMs() });
    if (move.type === 'wait') {
      lose(`${move.holder} holds the lease`);
      return;
    }
    see(await write(move.spec, signal));
    hold(sentAtMs);
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // A request that hangs must leave time for another before the deadline.
      const round = roundDeadline(clock, renewDeadlineMs / 2);
      try {
        await compete(AbortSignal.any([stopping.signal, round.signal]));
      } catch (error) {
        // Somebody else was faster: the next look tells who.
        const outrun = isConflict(error) || isAlreadyExists(error);
        if (!outrun && !stopping.signal.aborted) logger.warn({ err: error, lease: name, identity }, 'lease not renewed');
      } finally {
        round.end();
      }
      await clock.sleep(periodMs, stopping.signal).catch(() => undefined);
    }
  };
  const running = run();
  const isLeading = (): boolean => validUntilMs !== undefined && clock.monotonicMs() < validUntilMs;

  return {
    isLeading,
    async stop() {
      stopping.abort(new Error('the leader election was stopped'));
      await running;
      const wasLeading = isLeading();
      validUntilMs = undefined;
      cancelWatchdog();
      if (!wasLeading || view === undefined) return;
      const round = roundDeadline(clock, periodMs);
      await write(releasedLease(view.spec, clock.nowMs()), round.signal)
        .catch((error: unknown) => logger.warn({ err: error, lease: name }, 'lease not released'))
        .finally(round.end);
    },
  };
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
