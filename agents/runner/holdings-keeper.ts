/**
 * Keeps the holdings of a strategy up to date with EXECUTIONS: reads on from where it stands, without a consumer. A core subscription tells it when
 * to read at once; see execution-chase.ts.
 */
import { pushSubject } from '@flotilla/contracts/access/core-account.ts';
import {
  type Bus,
  type Clock,
  envelopeSchema,
  FlotillaError,
  type Instrument,
  type OrderIntent,
  readRecordBytes,
  type ServedBy,
  subjects,
} from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime';
import { makeExecutionChase } from './execution-chase.ts';
import { type Holdings, NO_HOLDINGS, withFill, withIntent, withOrderEvent } from './holdings.ts';
import { type Execution, type Owner, readOwnExecutions } from './read-own-history.ts';

/** While orders are open, in case no execution was heard of. */
const POLL_WORKING_MS = 200;
/** While no order is open: exec may still trade for the strategy, to flatten it. */
const POLL_IDLE_MS = 1_000;
/**
 * Between two reads whose end the leader proves. Other reads may be answered by a replica that lags, and find executions late. A thousand agents cost
 * the leader 67 requests a second.
 */
const PROOF_INTERVAL_MS = 15_000;

export interface HoldingsKeeper {
  current(): { readonly holdings: Holdings; readonly executionsSequence: number };
  /** Every execution that the bus acknowledged before this time is in the holdings. Milliseconds since the epoch; 0: unknown. */
  completeAtMs(): number;
  reset(holdings: Holdings, executionsSequence: number): void;
  add(intents: readonly OrderIntent[]): void;
  /** Reads what is new, by default from any replica; resolves with true when something was. @throws FlotillaError of the bus. */
  refresh(servedBy?: ServedBy): Promise<boolean>;
  /** Listens, and refreshes, from now on until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  problem(): string | undefined;
}

export interface HoldingsKeeperOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly owner: Owner;
  readonly instruments: ReadonlyMap<string, Instrument>;
  /** Something changed that a checkpoint should hold. */
  readonly onChange: () => void;
}

export function makeHoldingsKeeper(options: HoldingsKeeperOptions): HoldingsKeeper {
  const { bus, clock, logger, owner, instruments } = options;
  let holdings: Holdings | undefined;
  let executionsSequence = 0;
  let completeAtMs = 0;
  let generation = 0;
  let problem: string | undefined;
  let last: Promise<boolean> = Promise.resolve(false);

  async function readOn(servedBy: ServedBy): Promise<boolean> {
    if (holdings === undefined) return false;
    const readIn = generation;
    const begunMs = clock.nowMs();
    const found = await readOwnExecutions(bus, owner, executionsSequence, servedBy);
    // After a reset in between, what was read belongs to another stream.
    if (readIn !== generation) return false;
    if (servedBy === 'LEADER') completeAtMs = begunMs;
    if (found.sequence === executionsSequence) return false;
    holdings = found.executions.reduce((before, execution) => fold(before, execution, instruments), holdings);
    executionsSequence = found.sequence;
    for (const { event } of found.executions) chase.read(event.id);
    options.onChange();
    return true;
  }
  /** One read at a time, so that no execution is read twice from the same place. */
  const refresh = (servedBy: ServedBy = 'ANY'): Promise<boolean> => (last = last.catch(() => false).then(() => readOn(servedBy)));
  const chase = makeExecutionChase({ clock, refresh: () => refresh() });

  async function poll(): Promise<void> {
    try {
      await refresh(clock.nowMs() - completeAtMs >= PROOF_INTERVAL_MS ? 'LEADER' : 'ANY');
      problem = undefined;
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      if (problem === undefined) logger.warn({ err: error }, 'executions cannot be read; orders go by the executions known so far');
      problem = `executions cannot be read: ${error.message}`;
    }
  }

  return {
    current: () => ({ holdings: holdings ?? NO_HOLDINGS, executionsSequence }),
    reset(value, sequence) {
      holdings = value;
      executionsSequence = sequence;
      completeAtMs = 0;
      generation += 1;
    },
    completeAtMs: () => completeAtMs,
    add(intents) {
      holdings = intents.reduce((before, intent) => register(before, intent, instruments), holdings ?? NO_HOLDINGS);
    },
    refresh,
    async run(signal) {
      const own = [subjects.order(owner.portfolio, owner.strategy), subjects.fill(owner.portfolio, owner.strategy)];
      const subscriptions = own.map((subject) =>
        bus.subscribe(pushSubject(subject), ({ payload }) => chase.heard(eventIdOf(payload), signal)),
      );
      while (!signal.aborted) {
        await poll();
        const idle = holdings === undefined || Object.keys(holdings.working).length === 0;
        await clock.sleep(idle ? POLL_IDLE_MS : POLL_WORKING_MS, signal).catch(() => undefined);
      }
      for (const subscription of subscriptions) subscription.unsubscribe();
    },
    problem: () => problem,
  };
}

/** The message id says nothing of the event: exec keeps its message ids to itself. */
function eventIdOf(payload: Uint8Array): string | undefined {
  const read = readRecordBytes(envelopeSchema, payload);
  return read.ok ? read.value.id : undefined;
}

function register(holdings: Holdings, intent: OrderIntent, instruments: ReadonlyMap<string, Instrument>): Holdings {
  const instrument = instruments.get(intent.instrument);
  return instrument === undefined ? holdings : withIntent(holdings, intent, instrument);
}

/** Executions in an instrument that the strategy no longer lists change nothing here. */
function fold(holdings: Holdings, { kind, event }: Execution, instruments: ReadonlyMap<string, Instrument>): Holdings {
  const instrument = instruments.get(event.instrument);
  if (instrument === undefined) return holdings;
  return kind === 'order' ? withOrderEvent(holdings, event, instrument) : withFill(holdings, event, instrument);
}
