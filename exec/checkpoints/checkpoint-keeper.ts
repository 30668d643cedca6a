/**
 * Saves the state of exec at a bounded cadence, off the way of an order.
 *
 * The state runs ahead of the stream, because exec folds an event before the stream has stored it. So the keeper copies the state, waits until the
 * stream holds everything that the copy holds, and then writes the copy under the place of its last event.
 */
import { type Clock, FlotillaError } from '@flotilla/contracts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { Logger } from '@flotilla/runtime/log.ts';
import type { ExecState } from '../state/exec-state.ts';
import { type CheckpointStore, SLOT_COUNT } from './checkpoint-store.ts';
import type { Mark } from './mark.ts';
import { captureState } from './pack-state.ts';

/** Time between two checkpoints while events are written. */
const INTERVAL_MS = 30_000;
/** A quiet portfolio is saved again, so that the last event of its checkpoint never expires. */
const QUIET_INTERVAL_MS = 86_400_000;
/** After so many events the next checkpoint does not wait for the interval: a rebuild reads at most about this many. */
const EVENTS_MAX = 10_000;
const LOOK_MS = 1_000;

export interface CheckpointKeeperOptions {
  readonly store: CheckpointStore;
  readonly writer: { readonly mark: () => Promise<Mark | undefined> };
  readonly state: ExecState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly epoch: number;
  /** Slot of the checkpoint that the state was rebuilt from. */
  readonly basedOn: number | undefined;
  /** Events that the rebuild has read after that checkpoint. */
  readonly eventsRead: number;
}

export interface CheckpointKeeper {
  /** An event was folded. */
  onEvent(): void;
  /** Saves the state now, unless nothing is new. @throws FlotillaError of the bus and of the writer */
  save(): Promise<void>;
  /** Saves whenever it is due, until the signal aborts. An outage of the bus is waited out. */
  keepSaving(signal: AbortSignal): Promise<void>;
  /** Time since the last checkpoint, or since the start, in seconds. */
  ageS(): number;
}

export function makeCheckpointKeeper(options: CheckpointKeeperOptions): CheckpointKeeper {
  const { store, writer, state, clock, logger } = options;
  // Each start saves once, so the last event of a checkpoint never expires while exec is started at times.
  let events = options.eventsRead + 1;
  let saving = Promise.resolve();
  let slot = firstSlot(options.epoch, options.basedOn);
  let beganAtMs = clock.monotonicMs();
  let savedAtMs = beganAtMs;
  let problem = '';

  async function write(): Promise<void> {
    const [captured, saved] = [captureState(state), events];
    const capturedAtMs = clock.monotonicMs();
    beganAtMs = capturedAtMs;
    const mark = await writer.mark();
    if (mark === undefined) return;
    await store.write(slot, captured, { ...mark, epoch: options.epoch, savedAt: formatTime(clock.nowMs()) });
    events -= saved;
    savedAtMs = capturedAtMs;
    slot = otherSlot(slot);
    problem = '';
  }

  /** One at a time, because each takes the next slot. */
  function save(): Promise<void> {
    saving = saving.catch(() => undefined).then(write);
    return saving;
  }

  function isDue(): boolean {
    const sinceMs = clock.monotonicMs() - beganAtMs;
    return events >= EVENTS_MAX || (events > 0 && sinceMs >= INTERVAL_MS) || sinceMs >= QUIET_INTERVAL_MS;
  }

  return {
    onEvent() {
      events += 1;
    },
    save: () => (events === 0 ? saving : save()),
    async keepSaving(signal) {
      while (!signal.aborted) {
        await clock.sleep(LOOK_MS, signal).catch(() => undefined);
        if (signal.aborted || !isDue()) continue;
        try {
          await save();
        } catch (error) {
          if (!(error instanceof FlotillaError)) throw error;
          if (error.code === 'FENCED') return;
          beganAtMs = clock.monotonicMs();
          if (problem !== error.code) logger.warn({ err: error }, 'the state of exec could not be saved; trying again');
          problem = error.code;
        }
      }
    },
    ageS: () => (clock.monotonicMs() - savedAtMs) / 1_000,
  };
}

/** An instance has two slots, which the instances before and after it do not write. Never the slot that the state was rebuilt from. */
function firstSlot(epoch: number, basedOn: number | undefined): number {
  const first = (epoch % 2) * 2;
  return first === basedOn ? otherSlot(first) : first;
}

function otherSlot(slot: number): number {
  return (slot ^ 1) % SLOT_COUNT;
}
