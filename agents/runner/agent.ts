/**
 * The agent: its state is a fold over its signals, and its decisions go out before the fold moves on.
 *
 * For each signal: fold (pure) ▸ decide what is open (pure) ▸ publish proposals and intents, all at once, acknowledgements awaited ▸ move on ▸
 * acknowledge. A target that has to wait for an earlier order is decided as soon as that one has ended. Killed anywhere, it decides the same
 * again and the bus knows the ids.
 */
import { FlotillaError, subjects, type Delivery, type NormalizedSignal } from '@flotilla/contracts';
import { publishEvent, traceHeadersOf, type Carrier, type HandleContext, type Metrics, type Outgoing } from '@flotilla/runtime';
import type { CheckpointKeeper } from './checkpoint-keeper.ts';
import type { Checkpoint } from './checkpoint.ts';
import { decide, type Decision } from './decide.ts';
import { foldSignal } from './open-target.ts';
import { isNewStream, recover, type Position, type RecoveryOptions } from './recover.ts';

/** How soon what waits is looked at again when no event says that it may go: an order that nobody answers, or a bus that was away. */
const LOOK_INTERVAL_MS = 200;

export interface AgentOptions extends RecoveryOptions {
  readonly metrics: Metrics;
  readonly keeper: CheckpointKeeper;
  readonly agentKey: Uint8Array;
  readonly service: string;
  readonly revision: string;
  readonly strategyRevision: string | undefined;
}

export interface AgentCounts {
  readonly signalsConsumed: number;
  readonly intentsPublished: number;
  /** Milliseconds since the epoch. */
  readonly firstSignalAtMs: number | undefined;
  readonly lastSequence: number;
}

export interface Agent {
  /** For the strict consume loop. @throws FlotillaError. */
  handle(signal: NormalizedSignal, delivery: Delivery, context: HandleContext): Promise<readonly Outgoing[]>;
  /** Decides what waited, if it may go now. */
  exposureChanged(): void;
  /** Looks after what waits, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  counts(): AgentCounts;
  /** Undefined before the first signal. Consistent between two calls of `handle`, and within one. */
  checkpoint(): Checkpoint | undefined;
}

export function makeAgent(options: AgentOptions): Agent {
  const { bus, clock, logger, bound, exposure, keeper, owner, agentKey, service, revision, metrics } = options;
  const signalsConsumed = metrics.counter('agents_signals_consumed_total', 'Signals folded, by kind', ['kind']);
  const intentsPublished = metrics.counter('agents_intents_published_total', 'Order intents published', ['instrument']);
  const targetsExpired = metrics.counter('agents_targets_expired_total', 'Targets of signals too old to trade on', []);
  let position: Position | undefined;
  let counts: AgentCounts = { signalsConsumed: 0, intentsPublished: 0, firstSignalAtMs: undefined, lastSequence: 0 };

  // One step at a time: a signal and an execution may come at once.
  let last: Promise<void> = Promise.resolve();
  const serially = (step: () => Promise<void>): Promise<void> => {
    const done = last.then(step);
    last = done.catch(() => undefined);
    return done;
  };

  const checkpoint = (): Checkpoint | undefined => {
    if (position === undefined) return undefined;
    const { answeredThrough: _answeredThrough, ...stored } = position;
    return { ...stored, ...exposure.current() };
  };

  /** Decides what is open in `next`, publishes it, and makes `next` the position. */
  const advance = async (next: Position) => {
    const nowMs = clock.nowMs();
    const context = { ...owner, strategyRevision: options.strategyRevision, agentKey, producer: { service, revision }, nowMs };
    const { open, decisions, expiredCount } = decide(bound.instruments, next.open, exposure.current().exposure, context);
    const decisionsSequence = await publishAll(decisions);
    // Nothing awaits from here on, so a checkpoint sees all of it or nothing.
    exposure.add(decisions.map(({ intent }) => intent));
    position = { ...next, open, decisionsSequence: Math.max(next.decisionsSequence, decisionsSequence) };
    if (expiredCount > 0) targetsExpired.inc(expiredCount);
    for (const { intent } of decisions) intentsPublished.inc({ instrument: intent.instrument });
    counts = { ...counts, intentsPublished: counts.intentsPublished + decisions.length };
    keeper.changed(checkpoint);
  };

  const handleOne = async (signal: NormalizedSignal, delivery: Delivery, context: HandleContext) => {
    if (position === undefined || isNewStream(position, delivery)) position = await recover(options, delivery);
    const { stream, sequence, storedAtMs } = delivery;
    if (sequence <= position.sequence) return;
    const origin = { stream, sequence, carrier: traceHeadersOf(context.carrier) };
    const { state, open } = foldSignal(bound, position, signal, origin, position.answeredThrough);
    await advance({ ...position, sequence, storedAtMs, state, open });
    signalsConsumed.inc({ kind: signal.kind });
    counts = {
      ...counts,
      signalsConsumed: counts.signalsConsumed + 1,
      firstSignalAtMs: counts.firstSignalAtMs ?? clock.nowMs(),
      lastSequence: sequence,
    };
  };

  const look = async () => {
    if (position !== undefined && Object.keys(position.open).length > 0) await advance(position);
  };
  const lookAgain = () =>
    serially(look).catch((error: unknown) => {
      if (!(error instanceof FlotillaError)) throw error;
      logger.warn({ err: error }, 'what waited could not be decided; trying again');
    });

  return {
    counts: () => counts,
    checkpoint,
    exposureChanged() {
      void lookAgain();
    },
    async run(signal) {
      while (!signal.aborted) {
        await lookAgain();
        await clock.sleep(LOOK_INTERVAL_MS, signal).catch(() => undefined);
      }
    },
    async handle(signal, delivery, context) {
      await serially(() => handleOne(signal, delivery, context));
      return [];
    },
  };

  async function publishAll(decisions: readonly Decision[]): Promise<number> {
    const acks = await Promise.all(decisions.flatMap(outgoingOf).map((outgoing) => publishEvent(bus, outgoing)));
    return Math.max(0, ...acks.map((ack) => ack.sequence));
  }
}

function outgoingOf({ proposal, intent, carrier }: Decision): readonly (Outgoing & { readonly headers: Carrier })[] {
  const { portfolio, strategy } = proposal;
  return [
    { type: 'decisions.proposal', subject: subjects.proposal(portfolio, strategy), event: proposal, headers: carrier },
    { type: 'decisions.order_intent', subject: subjects.orderIntent(portfolio, strategy), event: intent, headers: carrier },
  ];
}
