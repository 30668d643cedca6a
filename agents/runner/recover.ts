/**
 * Recovers the state of an agent when its first signal arrives: the last checkpoint, and the fold of the signals between it and that signal.
 *
 * The consumer starts again at its acknowledgement floor. An earlier process has handled every signal before the first delivery, and its decisions
 * are on the bus or its targets are still open, so the agent folds these signals without deciding. A signal that is delivered again may have been
 * decided already. So the agent looks up its own intents, and decides no target that one of them answers or is newer than, whatever its age.
 *
 * Replicas that lag may answer these reads (ADR 0088). No signal, intent or execution is missed in that case, because the leader of the stream proves
 * the end of each read, and a newer checkpoint is not overwritten.
 */
import {
  type Bus,
  type Clock,
  type Delivery,
  FlotillaError,
  type NormalizedSignal,
  type OrderIntent,
  parseEvent,
  type StoredMessage,
} from '@flotilla/contracts';
import { type Logger, traceHeadersOf } from '@flotilla/runtime';
import { type AgentCounts, NO_COUNTS, withIntents, withSignal } from './agent-counts.ts';
import type { BoundStrategy } from './bound-strategy.ts';
import { type Checkpoint, type CheckpointStore, firstCheckpoint } from './checkpoint.ts';
import { type FoldedSignal, foldSignal, type Wishes } from './fold-signal.ts';
import { UNANSWERED_GRACE_MS } from './holdings.ts';
import type { HoldingsKeeper } from './holdings-keeper.ts';
import { withoutAnswered } from './open-target.ts';
import { type Owner, type OwnIntent, readOwnIntents } from './read-own-history.ts';
import { withoutAnsweredExits } from './standing-target.ts';

export interface SignalPosition extends Wishes {
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly decisionsSequence: number;
  readonly counts: AgentCounts;
  /** The newest signal that an intent was published about before the start, by instrument. Later ones always are about newer signals. */
  readonly answeredThrough: ReadonlyMap<string, number>;
}

/** The bus tells the same time in two precisions. */
const STORED_AT_TOLERANCE_MS = 1_000;

/** Sequences begin anew in a new stream, but time does not: a lower sequence that was stored later is of another stream. */
export function isNewStream(known: Pick<SignalPosition, 'sequence' | 'storedAtMs'>, delivery: Delivery): boolean {
  return delivery.sequence <= known.sequence && delivery.storedAtMs > known.storedAtMs + STORED_AT_TOLERANCE_MS;
}

export interface RecoveryOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly owner: Owner;
  readonly bound: BoundStrategy;
  readonly checkpoints: CheckpointStore;
  readonly holdings: HoldingsKeeper;
}

/**
 * @throws FlotillaError of class `later`: the delivery is to be tried again. Nothing that goes wrong here is the signal's fault, so nothing
 *   here may send it to POISON.
 */
export async function recover(options: RecoveryOptions, first: Delivery): Promise<SignalPosition> {
  try {
    return await recoverOnce(options, first);
  } catch (error) {
    if (!(error instanceof FlotillaError) || error.retry === 'later') throw error;
    throw new FlotillaError('BUS_NOT_PROVISIONED', `the agent cannot recover its state: ${error.message}`, { cause: error });
  }
}

async function recoverOnce(options: RecoveryOptions, first: Delivery): Promise<SignalPosition> {
  const { bus, clock, logger, owner, bound, checkpoints, holdings } = options;
  const found = await checkpoints.load();
  const stored = found.checkpoint;
  const base = usableCheckpoint(stored, first) ?? {
    ...firstCheckpoint(first.sequence - 1, first.storedAtMs, bound.initial),
    counts: stored?.counts ?? NO_COUNTS,
  };
  // Written before the first signal is handled: whenever the agent dies from now on, it begins at the same signal.
  if (base !== stored) await checkpoints.replace(found, base);

  const own = await readOwnIntents(bus, owner, base.decisionsSequence);
  const answeredThrough = newestCauses(own.intents, base.storedAtMs);
  const folded = await foldUnseen(options, base, first, answeredThrough);
  holdings.reset(base.holdings, base.executionsSequence);
  // An old intent is either told of by exec below, or was or will be denied as expired: only those in time can still be on their way.
  const youngestMs = clock.nowMs() - UNANSWERED_GRACE_MS;
  holdings.add(own.intents.map(({ intent }) => intent).filter((intent) => Date.parse(intent.expiresAt) > youngestMs));
  await holdings.refresh('LEADER');

  logger.info(
    { checkpoint: stored === undefined ? 'none' : stored === base ? 'used' : 'not usable', from: base.sequence, first: first.sequence },
    'state recovered',
  );
  return { ...folded, counts: withIntents(folded.counts, own.intents.length), decisionsSequence: own.sequence, answeredThrough };
}

/** A checkpoint beyond the delivery is fine (an acknowledgement got lost), unless the stream itself was made anew since. */
function usableCheckpoint(checkpoint: Checkpoint | undefined, first: Delivery): Checkpoint | undefined {
  if (checkpoint === undefined || isNewStream(checkpoint, first)) return undefined;
  const isBehind = checkpoint.sequence < first.sequence;
  return isBehind && checkpoint.storedAtMs > first.storedAtMs + STORED_AT_TOLERANCE_MS ? undefined : checkpoint;
}

type Folded = Pick<SignalPosition, 'sequence' | 'storedAtMs' | 'counts' | keyof Wishes>;

/** Folds the signals behind the checkpoint and before the first delivery. */
async function foldUnseen(
  { bus, bound, clock, logger }: RecoveryOptions,
  base: Checkpoint,
  first: Delivery,
  answeredThrough: ReadonlyMap<string, number>,
): Promise<Folded> {
  const { state, sequence, storedAtMs, counts } = base;
  const open = withoutAnswered(base.open, answeredThrough);
  let folded: Folded = { state, open, standing: withoutAnsweredExits(base.standing, answeredThrough), sequence, storedAtMs, counts };
  if (base.sequence + 1 >= first.sequence) return folded;
  // Through the delivery itself: a replica that has it has every signal before it, so the leader is asked only when a replica lags.
  const range = { subject: subjectOf(bound), fromSequence: base.sequence + 1, throughSequence: first.sequence };
  let count = 0;
  for await (const message of bus.read('SIGNALS', { ...range, servedBy: 'LEADER' })) {
    if (message.sequence === first.sequence) break;
    count += 1;
    const one = foldOne(bound, folded, message, answeredThrough);
    if (one !== undefined) folded = { ...folded, ...one.wishes, counts: withSignal(folded.counts, one.difficulty, clock.nowMs()) };
    folded = { ...folded, sequence: message.sequence, storedAtMs: message.storedAtMs };
  }
  logger.info({ signals: count, ...range }, 'signals behind the checkpoint folded');
  return folded;
}

/** Undefined for a signal that the strategy does not take, and for one that cannot be read or that the strategy refuses: it went to POISON. */
function foldOne(
  bound: BoundStrategy,
  wishes: Wishes,
  message: StoredMessage,
  answeredThrough: ReadonlyMap<string, number>,
): FoldedSignal | undefined {
  const { stream, sequence, headers } = message;
  try {
    const signal: NormalizedSignal = parseEvent('signals.normalized', message.payload).event;
    if (!bound.takes(signal)) return undefined;
    return foldSignal(bound, wishes, signal, { stream, sequence, carrier: traceHeadersOf(headers) }, answeredThrough);
  } catch (error) {
    if (error instanceof FlotillaError) return undefined;
    throw error;
  }
}

/** One read takes one subject; with several instruments it takes all of them, and the strategy passes over what is not its own. */
function subjectOf(bound: BoundStrategy): string {
  const [only, ...others] = bound.instruments.keys();
  return `signals.normalized.*.${others.length === 0 ? (only ?? '*') : '*'}`;
}

/** Sequences begin anew in a new stream, so intents from before `sinceMs` answer no signal of this one. */
function newestCauses(intents: readonly OwnIntent[], sinceMs: number): ReadonlyMap<string, number> {
  const newest = new Map<string, number>();
  for (const { intent, storedAtMs } of intents) {
    if (storedAtMs < sinceMs - STORED_AT_TOLERANCE_MS) continue;
    newest.set(intent.instrument, Math.max(newest.get(intent.instrument) ?? 0, causeOf(intent)));
  }
  return newest;
}

/** Stream sequence of the signal behind an intent. */
function causeOf(intent: OrderIntent): number {
  return Number(intent.causationId?.split(':')[1] ?? 0);
}
