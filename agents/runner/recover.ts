/**
 * Where an agent stands when its first signal arrives: the last checkpoint, and the fold of what lies between it and that signal.
 *
 * The consumer starts again at its acknowledgement floor, so everything before the first delivery was handled and its decisions are on the
 * bus or its targets are still open: it is folded in silence. What is delivered again was perhaps published and not acknowledged; so the own
 * intents are looked up, stand as they are, and no target is decided that one of them answers, or is newer than, however long ago it was.
 */
import {
  FlotillaError,
  parseEvent,
  type Bus,
  type Clock,
  type Delivery,
  type NormalizedSignal,
  type OrderIntent,
  type StoredMessage,
} from '@flotilla/contracts';
import { traceHeadersOf, type Logger } from '@flotilla/runtime';
import type { BoundStrategy } from './bound-strategy.ts';
import { firstCheckpoint, type Checkpoint, type CheckpointStore } from './checkpoint.ts';
import { UNANSWERED_GRACE_MS } from './exposure.ts';
import type { ExposureKeeper } from './exposure-keeper.ts';
import { foldSignal, withoutAnswered, type Wishes } from './open-target.ts';
import { readOwnIntents, type OwnIntent, type Owner } from './read-own-history.ts';

export interface Position extends Wishes {
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly decisionsSequence: number;
  /** The newest signal that an intent was published about before the start, by instrument. Later ones always are about newer signals. */
  readonly answeredThrough: ReadonlyMap<string, number>;
}

/** The bus tells the same time in two precisions. */
const STORED_AT_TOLERANCE_MS = 1_000;

/** Sequences begin anew in a new stream, but time does not: a lower sequence that was stored later is of another stream. */
export function isNewStream(known: Pick<Position, 'sequence' | 'storedAtMs'>, delivery: Delivery): boolean {
  return delivery.sequence <= known.sequence && delivery.storedAtMs > known.storedAtMs + STORED_AT_TOLERANCE_MS;
}

export interface RecoveryOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly owner: Owner;
  readonly bound: BoundStrategy;
  readonly checkpoints: CheckpointStore;
  readonly exposure: ExposureKeeper;
}

/**
 * @throws FlotillaError of class `later`: the delivery is to be tried again. Nothing that goes wrong here is the signal's fault, so nothing
 *   here may send it to POISON.
 */
export async function recover(options: RecoveryOptions, first: Delivery): Promise<Position> {
  try {
    return await recoverOnce(options, first);
  } catch (error) {
    if (!(error instanceof FlotillaError) || error.retry === 'later') throw error;
    throw new FlotillaError('BUS_NOT_PROVISIONED', `the agent cannot recover its state: ${error.message}`, { cause: error });
  }
}

async function recoverOnce(options: RecoveryOptions, first: Delivery): Promise<Position> {
  const { bus, clock, logger, owner, bound, checkpoints, exposure } = options;
  const stored = await checkpoints.load();
  const base = usableCheckpoint(stored, first) ?? firstCheckpoint(first.sequence - 1, first.storedAtMs, bound.initial);
  // Written before the first signal is handled: whenever the agent dies from now on, it begins at the same signal.
  if (base !== stored) await checkpoints.save(base);

  const own = await readOwnIntents(bus, owner, base.decisionsSequence);
  const answeredThrough = newestCauses(own.intents, base.storedAtMs);
  const folded = await foldUnseen(options, base, first.sequence, answeredThrough);
  exposure.reset(base.exposure, base.executionsSequence);
  // An old intent is either told of by exec below, or was or will be denied as expired: only those in time can still be on their way.
  const youngestMs = clock.nowMs() - UNANSWERED_GRACE_MS;
  exposure.add(own.intents.map(({ intent }) => intent).filter((intent) => Date.parse(intent.expiresAt) > youngestMs));
  await exposure.refresh();

  logger.info(
    { checkpoint: stored === undefined ? 'none' : stored === base ? 'used' : 'not usable', from: base.sequence, first: first.sequence },
    'state recovered',
  );
  return { ...folded, decisionsSequence: own.sequence, answeredThrough };
}

/** A checkpoint beyond the delivery is fine (an acknowledgement got lost), unless the stream itself was made anew since. */
function usableCheckpoint(checkpoint: Checkpoint | undefined, first: Delivery): Checkpoint | undefined {
  if (checkpoint === undefined || isNewStream(checkpoint, first)) return undefined;
  const isBehind = checkpoint.sequence < first.sequence;
  return isBehind && checkpoint.storedAtMs > first.storedAtMs + STORED_AT_TOLERANCE_MS ? undefined : checkpoint;
}

type Folded = Pick<Position, 'sequence' | 'storedAtMs' | 'state' | 'open'>;

/** The signals behind the checkpoint and before the first delivery. */
async function foldUnseen(
  { bus, bound, logger }: RecoveryOptions,
  base: Checkpoint,
  firstSequence: number,
  answeredThrough: ReadonlyMap<string, number>,
): Promise<Folded> {
  const { state, sequence, storedAtMs } = base;
  let folded: Folded = { state, open: withoutAnswered(base.open, answeredThrough), sequence, storedAtMs };
  if (base.sequence + 1 >= firstSequence) return folded;
  const range = { subject: subjectOf(bound), fromSequence: base.sequence + 1, throughSequence: firstSequence - 1 };
  let count = 0;
  for await (const message of bus.read('SIGNALS', range)) {
    count += 1;
    folded = { ...foldOne(bound, folded, message, answeredThrough), sequence: message.sequence, storedAtMs: message.storedAtMs };
  }
  logger.info({ signals: count, ...range }, 'signals behind the checkpoint folded');
  return folded;
}

/** What cannot be read, or the strategy refuses, went to POISON when it was delivered, and changed nothing. */
function foldOne(bound: BoundStrategy, wishes: Wishes, message: StoredMessage, answeredThrough: ReadonlyMap<string, number>): Wishes {
  const { stream, sequence, headers } = message;
  try {
    const signal: NormalizedSignal = parseEvent('signals.normalized', message.payload).event;
    return foldSignal(bound, wishes, signal, { stream, sequence, carrier: traceHeadersOf(headers) }, answeredThrough);
  } catch (error) {
    if (error instanceof FlotillaError) return { state: wishes.state, open: wishes.open };
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
