/**
 * Where an agent stands when its first signal arrives: the last checkpoint, and the fold of what lies between it and that signal.
 *
 * The consumer starts again at its acknowledgement floor, so everything before the first delivery was handled and its decisions are on the
 * bus: it is folded in silence. What is delivered again was perhaps published and not acknowledged; its intents are looked up, stand as they
 * are, and are not published a second time, however long ago they were.
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
import type { Logger } from '@flotilla/runtime';
import type { BoundStrategy } from './bound-strategy.ts';
import { firstCheckpoint, type Checkpoint, type CheckpointStore } from './checkpoint.ts';
import type { ExposureKeeper } from './exposure-keeper.ts';
import { readOwnIntents, type Owner } from './read-own-history.ts';

export interface Position {
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly state: unknown;
  readonly decisionsSequence: number;
  /** Published already, about signals from the first delivery on, by intent id. */
  readonly published: ReadonlyMap<string, OrderIntent>;
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
  const base = usableCheckpoint(stored, first) ?? firstCheckpoint(first.sequence - 1, bound.initial);
  // Written before the first signal is handled: whenever the agent dies from now on, it begins at the same signal.
  if (base !== stored) await checkpoints.save(base);

  const own = await readOwnIntents(bus, owner, base.decisionsSequence);
  const folded = await foldUnseen(options, base, first.sequence);
  const published = new Map(own.intents.filter((intent) => causeOf(intent) >= first.sequence).map((intent) => [intent.id, intent]));
  exposure.reset(base.exposure, base.executionsSequence);
  // An old intent is either told of by exec below, or was or will be denied as expired: only those in time can still be on their way.
  exposure.add(own.intents.filter((intent) => causeOf(intent) < first.sequence && Date.parse(intent.expiresAt) > clock.nowMs()));
  await exposure.refresh();

  logger.info(
    { checkpoint: stored === undefined ? 'none' : stored === base ? 'used' : 'not usable', from: base.sequence, first: first.sequence },
    'state recovered',
  );
  return { ...folded, decisionsSequence: own.sequence, published };
}

/** A checkpoint beyond the delivery is fine (an acknowledgement got lost), unless the stream itself was made anew since. */
function usableCheckpoint(checkpoint: Checkpoint | undefined, first: Delivery): Checkpoint | undefined {
  if (checkpoint === undefined || isNewStream(checkpoint, first)) return undefined;
  const isBehind = checkpoint.sequence < first.sequence;
  return isBehind && checkpoint.storedAtMs > first.storedAtMs + STORED_AT_TOLERANCE_MS ? undefined : checkpoint;
}

type Folded = Pick<Position, 'sequence' | 'storedAtMs' | 'state'>;

/** The signals behind the checkpoint and before the first delivery. */
async function foldUnseen({ bus, bound, logger }: RecoveryOptions, base: Checkpoint, firstSequence: number): Promise<Folded> {
  let folded: Folded = { state: base.state, sequence: base.sequence, storedAtMs: base.storedAtMs };
  if (base.sequence + 1 >= firstSequence) return folded;
  const range = { subject: subjectOf(bound), fromSequence: base.sequence + 1, throughSequence: firstSequence - 1 };
  let count = 0;
  for await (const message of bus.read('SIGNALS', range)) {
    const signal = parseSignal(message);
    count += 1;
    const state = signal === undefined ? folded.state : foldOne(bound, folded.state, signal);
    folded = { state, sequence: message.sequence, storedAtMs: message.storedAtMs };
  }
  logger.info({ signals: count, ...range }, 'signals behind the checkpoint folded');
  return folded;
}

/** What the strategy refuses went to POISON when it was delivered, and changed nothing. */
function foldOne(bound: BoundStrategy, state: unknown, signal: NormalizedSignal): unknown {
  try {
    return bound.onSignal(state, signal).state;
  } catch (error) {
    if (error instanceof FlotillaError) return state;
    throw error;
  }
}

function parseSignal(message: StoredMessage): NormalizedSignal | undefined {
  try {
    return parseEvent('signals.normalized', message.payload).event;
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

/** Stream sequence of the signal behind an intent. */
function causeOf(intent: OrderIntent): number {
  return Number(intent.causationId?.split(':')[1] ?? 0);
}
