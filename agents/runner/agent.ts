/**
 * The agent: its state is a fold over its signals, and its decisions go out before the fold moves on.
 *
 * For each signal: decide (pure) ▸ publish proposals and intents, all at once, acknowledgements awaited ▸ move on ▸ acknowledge. Killed
 * anywhere, it decides the same again and the bus knows the ids.
 */
import { subjects, type Delivery, type NormalizedSignal, type OrderIntent } from '@flotilla/contracts';
import { publishEvent, type HandleContext, type Metrics, type Outgoing } from '@flotilla/runtime';
import type { CheckpointKeeper } from './checkpoint-keeper.ts';
import type { Checkpoint } from './checkpoint.ts';
import { decide, type Decision } from './decide.ts';
import { isNewStream, recover, type Position, type RecoveryOptions } from './recover.ts';

export interface AgentOptions extends RecoveryOptions {
  readonly metrics: Metrics;
  readonly keeper: CheckpointKeeper;
  readonly agentKey: Uint8Array;
  readonly service: string;
  readonly revision: string;
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
  counts(): AgentCounts;
  /** Undefined before the first signal. Consistent between two calls of `handle`, and within one. */
  checkpoint(): Checkpoint | undefined;
}

export function makeAgent(options: AgentOptions): Agent {
  const { bus, clock, bound, exposure, keeper, owner, agentKey, service, revision, metrics } = options;
  const signalsConsumed = metrics.counter('agents_signals_consumed_total', 'Signals folded, by kind', ['kind']);
  const intentsPublished = metrics.counter('agents_intents_published_total', 'Order intents published', ['instrument']);
  const targetsExpired = metrics.counter('agents_targets_expired_total', 'Targets of signals too old to trade on', []);
  let position: Position | undefined;
  let counts: AgentCounts = { signalsConsumed: 0, intentsPublished: 0, firstSignalAtMs: undefined, lastSequence: 0 };

  const checkpoint = (): Checkpoint | undefined => {
    if (position === undefined) return undefined;
    const { sequence, storedAtMs, state, decisionsSequence } = position;
    return { sequence, storedAtMs, state, decisionsSequence, ...exposure.current() };
  };

  const count = (signal: NormalizedSignal, delivery: Delivery, intents: readonly OrderIntent[]) => {
    signalsConsumed.inc({ kind: signal.kind });
    for (const intent of intents) intentsPublished.inc({ instrument: intent.instrument });
    counts = {
      signalsConsumed: counts.signalsConsumed + 1,
      intentsPublished: counts.intentsPublished + intents.length,
      firstSignalAtMs: counts.firstSignalAtMs ?? clock.nowMs(),
      lastSequence: delivery.sequence,
    };
  };

  return {
    counts: () => counts,
    checkpoint,
    async handle(signal, delivery, context) {
      if (position === undefined || isNewStream(position, delivery)) position = await recover(options, delivery);
      const before = position;
      if (delivery.sequence <= before.sequence) return [];

      const step = decide(bound, before.state, exposure.current().exposure, signal, {
        ...owner,
        agentKey,
        producer: { service, revision },
        nowMs: clock.nowMs(),
        causationId: `${delivery.stream}:${delivery.sequence}`,
        published: before.published,
      });
      if (step.expiredCount > 0) targetsExpired.inc(step.expiredCount);
      const decisionsSequence = await publishAll(step.decisions, context);
      // Nothing awaits from here on, so a checkpoint sees all of it or nothing.
      exposure.add(step.intents);
      position = {
        ...before,
        sequence: delivery.sequence,
        storedAtMs: delivery.storedAtMs,
        state: step.state,
        decisionsSequence: Math.max(before.decisionsSequence, decisionsSequence),
      };
      count(
        signal,
        delivery,
        step.decisions.map(({ intent }) => intent),
      );
      keeper.changed(checkpoint);
      return [];
    },
  };

  async function publishAll(decisions: readonly Decision[], context: HandleContext): Promise<number> {
    const acks = await Promise.all(
      decisions.flatMap(outgoingOf).map((outgoing) => publishEvent(bus, { ...outgoing, headers: context.carrier })),
    );
    return Math.max(0, ...acks.map((ack) => ack.sequence));
  }
}

function outgoingOf({ proposal, intent }: Decision): readonly Outgoing[] {
  const { portfolio, strategy } = proposal;
  return [
    { type: 'decisions.proposal', subject: subjects.proposal(portfolio, strategy), event: proposal },
    { type: 'decisions.order_intent', subject: subjects.orderIntent(portfolio, strategy), event: intent },
  ];
}
