/** Keeps an exposure up to date with EXECUTIONS by reading on from where it stands; needs no consumer. */
import type { Bus, Clock, Instrument, OrderIntent } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime';
import { NO_EXPOSURE, withFill, withIntent, withOrderEvent, type Exposure } from './exposure.ts';
import { readOwnExecutions, type Execution, type Owner } from './read-own-history.ts';

/** While orders are open. What a strategy expects to hold changes only by a denial or a cancellation, so nothing hurries. */
const POLL_WORKING_MS = 200;
/** While none is: exec may still trade for the strategy, to flatten it. */
const POLL_IDLE_MS = 1_000;

export interface ExposureKeeper {
  current(): { readonly exposure: Exposure; readonly executionsSequence: number };
  reset(exposure: Exposure, executionsSequence: number): void;
  add(intents: readonly OrderIntent[]): void;
  /** Reads what is new. @throws FlotillaError of the bus. */
  refresh(): Promise<void>;
  /** Refreshes from now on until `signal` aborts. */
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

  const readOn = async () => {
    if (exposure === undefined) return;
    const readIn = generation;
    const found = await readOwnExecutions(bus, owner, executionsSequence);
    // A reset while reading: what was read belongs to another stream.
    if (readIn !== generation || found.sequence === executionsSequence) return;
    exposure = found.executions.reduce((before, execution) => fold(before, execution, instruments), exposure);
    executionsSequence = found.sequence;
    onChange();
  };
  // One at a time, so that nothing is read from the same place twice.
  let last: Promise<void> = Promise.resolve();
  const refresh = () => {
    last = last.catch(() => undefined).then(readOn);
    return last;
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
      while (!signal.aborted) {
        try {
          await refresh();
          problem = undefined;
        } catch (error) {
          if (problem === undefined) logger.warn({ err: error }, 'executions cannot be read; orders go by what was known before');
          problem = `executions cannot be read: ${error instanceof Error ? error.message : String(error)}`;
        }
        const idle = exposure === undefined || Object.keys(exposure.working).length === 0;
        await clock.sleep(idle ? POLL_IDLE_MS : POLL_WORKING_MS, signal).catch(() => undefined);
      }
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
