/**
 * Takes a portfolio over: asks whether another instance lives, then writes the epoch that fences every older one.
 *
 * The question keeps two healthy instances from fencing each other in turn. The epoch guarantees a single writer of the ledger.
 */
import { type Bus, type Clock, encodeEvent, FlotillaError, HEADERS, parseEvent, type Rng, sha256, subjects } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { retryWithBackOff } from '@flotilla/runtime/retry/retry-with-back-off.ts';
import { envelopeOf } from '../engine/execution-events.ts';

const ALIVE_TIMEOUT_MS = 500;
const RETRY_DELAYS = { firstMs: 50, maxMs: 2_000 } as const;

export interface Ownership {
  readonly epoch: number;
  /** The epoch's subject and sequence. Every write demands that this is the last message on the subject. */
  readonly fence: { readonly subject: string; readonly sequence: number };
}

export interface TakeOverOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly portfolio: string;
  readonly instance: string;
  readonly revision: string;
  /** The highest epoch that a checkpoint names; 0: none. The stream forgets epochs, as it forgets all events. */
  readonly lastEpoch: () => Promise<number>;
  readonly signal: AbortSignal;
  /** Called with the reason of the wait, which `/ready` shows. */
  readonly onProblem: (problem: string | undefined) => void;
}

/** Retries until this instance owns the portfolio. Undefined when the signal aborts. */
export async function takeOver(options: TakeOverOptions): Promise<Ownership | undefined> {
  const { signal, portfolio } = options;
  const tryOnce = async () => {
    await refuseSecond(options);
    return writeEpoch(options);
  };
  try {
    return await retryWithBackOff(tryOnce, {
      ...options,
      operation: `take over portfolio ${portfolio}`,
      delays: RETRY_DELAYS,
      triesMax: 'untilAborted',
    });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function refuseSecond({ bus, portfolio }: TakeOverOptions): Promise<void> {
  const answer = await bus.request(subjects.execAlive(portfolio), new Uint8Array(), ALIVE_TIMEOUT_MS);
  if (answer === undefined) return;
  const found = new TextDecoder().decode(answer).slice(0, 200);
  throw new FlotillaError('INSTANCE_ALREADY_RUNNING', `expected no exec of portfolio ${portfolio}, found ${found}: stop that one first`);
}

/** @throws FlotillaError `FENCED` when another instance has written an epoch meanwhile, and the errors of the bus. */
async function writeEpoch(options: TakeOverOptions): Promise<Ownership> {
  const { bus, clock, rng, portfolio, instance, revision } = options;
  const subject = subjects.epoch(portfolio);
  const last = await bus.last('EXECUTIONS', subject, 'LEADER');
  const stored = last === undefined ? 0 : parseEvent('executions.epoch', last.payload).event.epoch;
  const epoch = Math.max(stored, await options.lastEpoch()) + 1;
  // Two instances that race must not share a message id: the bus would tell the loser that its epoch is stored.
  const id = sha256(`epoch ${portfolio} ${epoch} ${instance} ${Buffer.from(rng.bytes(16)).toString('hex')}`);
  const event = {
    ...envelopeOf({ portfolio, epoch, revision }, id, id, undefined, clock.nowMs()),
    portfolio,
    epoch,
    instance,
    reason: epoch === 1 ? 'first start' : 'start',
  };
  const ack = await bus.publish(subject, encodeEvent(event), {
    messageId: id,
    headers: { [HEADERS.type]: 'executions.epoch', [HEADERS.corrId]: id },
    expectedLastSubjectSequence: { subject, sequence: last?.sequence ?? 0 },
  });
  return { epoch, fence: { subject, sequence: ack.sequence } };
}
