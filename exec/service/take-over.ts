/**
 * Takes a portfolio over: asks whether another instance lives, then writes the epoch that fences every older one.
 *
 * The question keeps two healthy instances from chasing each other out; the epoch is what keeps the ledger single-handed.
 */
import { type Bus, type Clock, encodeEvent, FlotillaError, HEADERS, parseEvent, type Rng, sha256, subjects } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { retryWithBackOff } from '@flotilla/runtime/retry/retry-with-back-off.ts';
import { envelopeOf } from '../engine/execution-events.ts';

const ALIVE_TIMEOUT_MS = 500;
const RETRY_DELAYS = { firstMs: 50, maxMs: 2_000 } as const;

export interface Ownership {
  readonly epoch: number;
  /** Every write names it as the last on its subject. */
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
  readonly signal: AbortSignal;
  /** What it waits for, for `/ready`. */
  readonly onProblem: (problem: string | undefined) => void;
}

/** Tries until this instance owns the portfolio. Undefined: the signal told it to stop. */
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

/** @throws FlotillaError `FENCED` when another instance wrote one in the meantime, and those of the bus. */
async function writeEpoch(options: TakeOverOptions): Promise<Ownership> {
  const { bus, clock, rng, portfolio, instance, revision } = options;
  const subject = subjects.epoch(portfolio);
  const last = await bus.last('EXECUTIONS', subject, 'LEADER');
  const epoch = (last === undefined ? 0 : parseEvent('executions.epoch', last.payload).event.epoch) + 1;
  // Two instances that race must not share a message id: the bus would tell the loser that its epoch is stored.
  const id = sha256(`epoch ${portfolio} ${epoch} ${instance} ${Buffer.from(rng.bytes(16)).toString('hex')}`);
  const event = {
    ...envelopeOf({ portfolio, epoch, revision }, id, id, undefined, clock.nowMs()),
    portfolio,
    epoch,
    instance,
    reason: last === undefined ? 'first start' : 'start',
  };
  const ack = await bus.publish(subject, encodeEvent(event), {
    messageId: id,
    headers: { [HEADERS.type]: 'executions.epoch', [HEADERS.corrId]: id },
    expectedLastSubjectSequence: { subject, sequence: last?.sequence ?? 0 },
  });
  return { epoch, fence: { subject, sequence: ack.sequence } };
}
