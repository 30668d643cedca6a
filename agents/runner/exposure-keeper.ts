/**
 * Keeps an exposure up to date with EXECUTIONS by reading on from where it stands; needs no consumer.
 *
 * It hears its own executions by a core subscription and reads at once. What it hears it does not fold: the bus hands a write to subscribers a
 * moment before the stream stores it, and also one that the stream then refuses, such as a fenced exec's.
 */
import { subjects, type Bus, type Clock, type Instrument, type OrderIntent } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime';
import { NO_EXPOSURE, withFill, withIntent, withOrderEvent, type Exposure } from './exposure.ts';
import { readOwnExecutions, type Execution, type Owner } from './read-own-history.ts';

/** While orders are open, in case nothing was heard. */
const POLL_WORKING_MS = 200;
/** While none is: exec may still trade for the strategy, to flatten it. */
const POLL_IDLE_MS = 1_000;
/** Reads until what was heard is stored: milliseconds before each further one. */
const CHASE_DELAYS_MS = [1, 1, 2, 4, 8, 16, 32, 64, 128] as const;
/** Heard and not read yet; beyond it, and after the last delay, the poll sees to it. */
const HEARD_MAX = 1_000;
const MESSAGE_ID_HEADER = 'Nats-Msg-Id';

export interface ExposureKeeper {
  current(): { readonly exposure: Exposure; readonly executionsSequence: number };
  reset(exposure: Exposure, executionsSequence: number): void;
  add(intents: readonly OrderIntent[]): void;
  /** Reads what is new. @throws FlotillaError of the bus. */
  refresh(): Promise<void>;
  /** Listens, and refreshes, from now on until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  problem(): string | undefined;
}

export interface ExposureKeeperOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly owner: Owner;
  readonly instruments: ReadonlyMap<string, Instrument>;
  /** Something changed that a checkpoint should hold. */
  readonly onChange: () => void;
}

export function makeExposureKeeper(options: ExposureKeeperOptions): ExposureKeeper {
  const { bus, clock, logger, owner, instruments, onChange } = options;
  let exposure: Exposure | undefined;
  let executionsSequence = 0;
  let generation = 0;
  let problem: string | undefined;
  /** Event ids. */
  const heard = new Set<string>();
  let chasing = false;

  const readOn = async () => {
    if (exposure === undefined) return;
    const readIn = generation;
    const found = await readOwnExecutions(bus, owner, executionsSequence);
    // A reset while reading: what was read belongs to another stream.
    if (readIn !== generation || found.sequence === executionsSequence) return;
    exposure = found.executions.reduce((before, execution) => fold(before, execution, instruments), exposure);
    executionsSequence = found.sequence;
    for (const { event } of found.executions) heard.delete(event.id);
    onChange();
  };
  // One at a time, so that nothing is read from the same place twice.
  let last: Promise<void> = Promise.resolve();
  const refresh = () => {
    last = last.catch(() => undefined).then(readOn);
    return last;
  };

  /** Ends by itself: whoever hears more while it runs begins its delays anew. */
  const chase = async (signal: AbortSignal) => {
    for (let attempt = 0; heard.size > 0 && !signal.aborted; attempt += 1) {
      const before = executionsSequence;
      await refresh();
      if (executionsSequence > before) attempt = 0;
      const delayMs = CHASE_DELAYS_MS[attempt];
      if (delayMs === undefined) heard.clear();
      else if (heard.size > 0) await clock.sleep(delayMs, signal);
    }
  };
  const wake = (id: string | undefined, signal: AbortSignal) => {
    if (id === undefined || heard.size >= HEARD_MAX) return;
    heard.add(id);
    if (chasing) return;
    chasing = true;
    chase(signal)
      // The poll says why, and tries again.
      .catch(() => heard.clear())
      .finally(() => {
        chasing = false;
      });
  };
  const poll = async () => {
    try {
      await refresh();
      problem = undefined;
    } catch (error) {
      if (problem === undefined) logger.warn({ err: error }, 'executions cannot be read; orders go by what was known before');
      problem = `executions cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    }
  };

  return {
    current: () => ({ exposure: exposure ?? NO_EXPOSURE, executionsSequence }),
    reset(value, sequence) {
      exposure = value;
      executionsSequence = sequence;
      generation += 1;
    },
    add(intents) {
      exposure = intents.reduce((before, intent) => {
        const instrument = instruments.get(intent.instrument);
        return instrument === undefined ? before : withIntent(before, intent, instrument);
      }, exposure ?? NO_EXPOSURE);
    },
    refresh,
    async run(signal) {
      const own = [subjects.order(owner.portfolio, owner.strategy), subjects.fill(owner.portfolio, owner.strategy)];
      const subscriptions = own.map((subject) => bus.subscribe(subject, ({ headers }) => wake(headers[MESSAGE_ID_HEADER], signal)));
      while (!signal.aborted) {
        await poll();
        const idle = exposure === undefined || Object.keys(exposure.working).length === 0;
        await clock.sleep(idle ? POLL_IDLE_MS : POLL_WORKING_MS, signal).catch(() => undefined);
      }
      for (const subscription of subscriptions) subscription.unsubscribe();
    },
    problem: () => problem,
  };
}

/** What the strategy holds in an instrument that it no longer lists is no matter of it. */
function fold(exposure: Exposure, { kind, event }: Execution, instruments: ReadonlyMap<string, Instrument>): Exposure {
  const instrument = instruments.get(event.instrument);
  if (instrument === undefined) return exposure;
  return kind === 'order' ? withOrderEvent(exposure, event, instrument) : withFill(exposure, event, instrument);
}
