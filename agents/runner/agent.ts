/**
 * The agent: its state is a fold over its signals, and its decisions go out before the fold moves on.
 *
 * For each signal: fold (pure) ▸ decide the open targets (pure) ▸ publish proposals and intents, all at once, acknowledgements awaited ▸ move on ▸
 * acknowledge the signal. The agent decides a target that has to wait for an earlier order as soon as that order has ended. An agent that is killed
 * anywhere decides the same again, and the bus knows the ids.
 */
import { assert, type Delivery, FlotillaError, type NormalizedSignal, type WorkerProblem } from '@flotilla/contracts';
import { type HandleContext, type Metrics, type Outgoing, traceHeadersOf } from '@flotilla/runtime';
import { type AgentCounts, NO_COUNTS, withIntents, withSignal } from './agent-counts.ts';
import { makeAgentMetrics } from './agent-metrics.ts';
import type { CheckpointKeeper } from './checkpoint-keeper.ts';
import type { Checkpoint } from './checkpoint.ts';
import { decide, type DecisionContext, type DecisionStep, isWaiting } from './decide.ts';
import { decisionProblem, type DecisionRecord, NO_DIFFICULTIES, withFailure, withSuccess } from './decision-problem.ts';
import { type FoldedSignal, foldSignal } from './fold-signal.ts';
import type { HoldingsKeeper } from './holdings-keeper.ts';
import { type AgentPublications, publishDecisions } from './publish-decisions.ts';
import { isNewStream, recover, type RecoveryOptions, type SignalPosition } from './recover.ts';

/** How often the agent looks at waiting targets when no event says that they may go: exec does not answer, or the bus was away. */
const LOOK_INTERVAL_MS = 200;

export interface AgentOptions extends RecoveryOptions {
  readonly metrics: Metrics;
  readonly keeper: CheckpointKeeper;
  readonly agentKey: Uint8Array;
  readonly service: string;
  readonly revision: string;
  readonly strategyRevision: string | undefined;
  /** Default: `All`. */
  readonly publications?: AgentPublications;
}

export interface AgentReport {
  readonly counts: AgentCounts;
  /** Of the last signal in the fold; 0 before the first one. */
  readonly lastSequence: number;
  /** Why the agent does not decide; undefined while it does. */
  readonly problem: WorkerProblem | undefined;
}

export interface Agent {
  /** For the strict consume loop. @throws FlotillaError. */
  handle(signal: NormalizedSignal, delivery: Delivery, context: HandleContext): Promise<readonly Outgoing[]>;
  /** Decides the waiting targets that may go now. */
  holdingsChanged(): void;
  /** Looks at the waiting targets until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Takes over the counts of an earlier process, before the first signal. */
  restoreCounts(stored: Checkpoint | undefined): void;
  /** Undefined until the counts of an earlier process are restored. */
  report(): AgentReport | undefined;
  /** Undefined before the first signal. Consistent between two calls of `handle`, and within one. */
  checkpoint(): Checkpoint | undefined;
}

export function makeAgent(options: AgentOptions): Agent {
  const { bus, clock, logger, bound, holdings } = options;
  const counters = makeAgentMetrics(options.metrics);
  const serially = oneAtATime();
  let position: SignalPosition | undefined;
  let restored: Pick<SignalPosition, 'counts' | 'sequence'> | undefined;
  let decisions: DecisionRecord = NO_DIFFICULTIES;

  const checkpoint = (): Checkpoint | undefined => (position === undefined ? undefined : checkpointOf(position, holdings.current()));

  const advance = async (next: SignalPosition): Promise<void> => {
    const step = decide(bound.instruments, next, holdings.current().holdings, decisionContext(options));
    const published = await publishDecisions(bus, step.decisions, options.publications);
    assert(position === undefined || next.sequence >= position.sequence, `the fold goes forward, found signal ${next.sequence}`);
    // Nothing awaits from here on, so a checkpoint sees all of it or nothing.
    holdings.add(step.decisions.map(({ intent }) => intent));
    position = positionDecided(next, step, published);
    counters.decided(step);
    options.keeper.changed(checkpoint);
  };

  const fold = async (signal: NormalizedSignal, delivery: Delivery, context: HandleContext): Promise<void> => {
    if (position === undefined || isNewStream(position, delivery)) position = await recover(options, delivery);
    if (delivery.sequence <= position.sequence) return;
    const folded = foldOne(options, position, signal, delivery, context);
    await advance(positionAfter(options, position, folded, delivery));
    counters.signalFolded(signal, folded);
    decisions = withSuccess(decisions, signal, folded);
  };

  const look = (): Promise<void> =>
    serially(async () => {
      if (position !== undefined && isWaiting(position)) await advance(position);
    }).catch((error: unknown) => {
      if (!(error instanceof FlotillaError)) throw error;
      logger.warn({ err: error }, 'waiting targets could not be decided; trying again');
    });

  return {
    checkpoint,
    restoreCounts(stored) {
      restored = { counts: stored?.counts ?? NO_COUNTS, sequence: stored?.sequence ?? 0 };
    },
    report() {
      const known = position ?? restored;
      if (known === undefined) return undefined;
      const problem = decisionProblem(decisions, holdings.current().holdings, bound.sizeProblem);
      return { counts: known.counts, lastSequence: known.sequence, problem };
    },
    holdingsChanged() {
      void look();
    },
    async run(signal) {
      while (!signal.aborted) {
        await look();
        await clock.sleep(LOOK_INTERVAL_MS, signal).catch(() => undefined);
      }
    },
    async handle(signal, delivery, context) {
      try {
        await serially(() => fold(signal, delivery, context));
      } catch (error) {
        if (error instanceof FlotillaError) decisions = withFailure(decisions, error);
        throw error;
      }
      return [];
    },
  };
}

function foldOne(
  { bound }: AgentOptions,
  position: SignalPosition,
  signal: NormalizedSignal,
  { stream, sequence }: Delivery,
  { carrier }: HandleContext,
): FoldedSignal {
  return foldSignal(bound, position, signal, { stream, sequence, carrier: traceHeadersOf(carrier) }, position.answeredThrough);
}

/** The position after one more signal. */
function positionAfter(
  { clock }: AgentOptions,
  position: SignalPosition,
  { wishes, difficulty }: FoldedSignal,
  { sequence, storedAtMs }: Delivery,
): SignalPosition {
  return { ...position, ...wishes, sequence, storedAtMs, counts: withSignal(position.counts, difficulty, clock.nowMs()) };
}

/** @param published the highest sequence of the decisions, 0 without any */
function positionDecided(position: SignalPosition, { open, standing, decisions }: DecisionStep, published: number): SignalPosition {
  const decisionsSequence = Math.max(position.decisionsSequence, published);
  return { ...position, open, standing, decisionsSequence, counts: withIntents(position.counts, decisions.length) };
}

/** Owner, key, revision and time that go into every decision. */
function decisionContext({ owner, strategyRevision, agentKey, service, revision, clock, holdings }: AgentOptions): DecisionContext {
  const times = { nowMs: clock.nowMs(), executionsCompleteAtMs: holdings.completeAtMs() };
  return { ...owner, strategyRevision, agentKey, producer: { service, revision }, ...times };
}

/** A recovering agent computes `answeredThrough` from its decisions on the bus, so a checkpoint leaves it out. */
function checkpointOf(
  { answeredThrough: _answeredThrough, ...stored }: SignalPosition,
  holdings: ReturnType<HoldingsKeeper['current']>,
): Checkpoint {
  return { ...stored, ...holdings };
}

/** Runs steps in the order of their calls, each after the one before has ended: a signal and an execution may come at once. */
function oneAtATime(): (step: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (step) => {
    const done = last.then(step);
    last = done.catch(() => undefined);
    return done;
  };
}
