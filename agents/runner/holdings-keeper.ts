/**
 * Keeps the holdings of a strategy up to date with EXECUTIONS: reads on from where it stands, without a consumer. A core subscription tells it when
 * to read at once; see execution-chase.ts.
 */
import { pushSubject } from '@flotilla/contracts/access/core-account.ts';
import { type Bus, type Clock, FlotillaError, type Instrument, type OrderIntent, subjects } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime';
import { makeExecutionChase } from './execution-chase.ts';
import { type Holdings, NO_HOLDINGS, withFill, withIntent, withOrderEvent } from './holdings.ts';
import { type Execution, type Owner, readOwnExecutions } from './read-own-history.ts';

/** While orders are open, in case no execution was heard of. */
const POLL_WORKING_MS = 200;
/** While no order is open: exec may still trade for the strategy, to flatten it. */
const POLL_IDLE_MS = 1_000;
const MESSAGE_ID_HEADER = 'Nats-Msg-Id';

export interface HoldingsKeeper {
  current(): { readonly holdings: Holdings; readonly executionsSequence: number };
  reset(holdings: Holdings, executionsSequence: number): void;
  add(intents: readonly OrderIntent[]): void;
  /** Reads what is new; resolves with true when something was. @throws FlotillaError of the bus. */
  refresh(): Promise<boolean>;
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
  let generation = 0;
  let problem: string | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function readOn(): Promise<boolean> {
    if (holdings === undefined) return false;
    const readIn = generation;
    const found = await readOwnExecutions(bus, owner, executionsSequence);
    // After a reset in between, what was read belongs to another stream.
    if (readIn !== generation || found.sequence === executionsSequence) return false;
    holdings = found.executions.reduce((before, execution) => fold(before, execution, instruments), holdings);
    executionsSequence = found.sequence;
    for (const { event } of found.executions) chase.read(event.id);
    options.onChange();
    return true;
  }
  /** One read at a time, so that no execution is read twice from the same place. */
  const refresh = (): Promise<boolean> => {
    const done = last.catch(() => undefined).then(readOn);
    last = done;
    return done;
  };
  const chase = makeExecutionChase({ clock, refresh });

  async function poll(): Promise<void> {
    try {
      await refresh();
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
      generation += 1;
    },
    add(intents) {
      holdings = intents.reduce((before, intent) => {
        const instrument = instruments.get(intent.instrument);
        return instrument === undefined ? before : withIntent(before, intent, instrument);
      }, holdings ?? NO_HOLDINGS);
    },
    refresh,
    async run(signal) {
      const own = [subjects.order(owner.portfolio, owner.strategy), subjects.fill(owner.portfolio, owner.strategy)];
      const subscriptions = own.map((subject) =>
        bus.subscribe(pushSubject(subject), ({ headers }) => chase.heard(headers[MESSAGE_ID_HEADER], signal)),
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

/** Executions in an instrument that the strategy no longer lists change nothing here. */
function fold(holdings: Holdings, { kind, event }: Execution, instruments: ReadonlyMap<string, Instrument>): Holdings {
  const instrument = instruments.get(event.instrument);
  if (instrument === undefined) return holdings;
  return kind === 'order' ? withOrderEvent(holdings, event, instrument) : withFill(holdings, event, instrument);
}
