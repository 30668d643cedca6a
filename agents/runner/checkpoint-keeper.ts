/** Saves checkpoints in the background, at most one per interval, always the newest. */
import type { Clock } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime';
import type { Checkpoint, CheckpointStore } from './checkpoint.ts';

/** The bus syncs each checkpoint to disk, and a thousand agents share its disk. A restart reads so much more of the stream. */
export const CHECKPOINT_INTERVAL_MS = 5_000;

export interface CheckpointKeeper {
  /** Notes that the state changed. The keeper calls `snapshot` when it saves. */
  changed(snapshot: () => Checkpoint | undefined): void;
  /** Saves unsaved changes, once. For the shutdown. */
  flush(): Promise<void>;
  /** Why the last save failed. */
  problem(): string | undefined;
}

/** Retries a failed save after the interval. Until then a restart reads a little more of the stream. */
export function makeCheckpointKeeper(store: CheckpointStore, clock: Clock, logger: Logger): CheckpointKeeper {
  let unsaved: (() => Checkpoint | undefined) | undefined;
  let cancelTimer: (() => void) | undefined;
  let saving: Promise<void> = Promise.resolve();
  let problem: string | undefined;

  const save = async () => {
    const checkpoint = unsaved?.();
    const attempted = unsaved;
    unsaved = undefined;
    if (checkpoint === undefined) return;
    try {
      await store.save(checkpoint);
      problem = undefined;
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error);
      if (problem === undefined) logger.warn({ err: error }, 'the checkpoint could not be saved; trying again');
      problem = `the checkpoint is not saved: ${found}`;
      unsaved ??= attempted;
      arm();
    }
  };
  const disarm = () => {
    cancelTimer?.();
    cancelTimer = undefined;
  };
  const arm = () => {
    cancelTimer ??= clock.after(CHECKPOINT_INTERVAL_MS, () => {
      cancelTimer = undefined;
      saving = saving.then(save);
    });
  };

  return {
    changed(snapshot) {
      unsaved = snapshot;
      arm();
    },
    async flush() {
      disarm();
      await saving;
      await save();
      disarm();
    },
    problem: () => problem,
  };
}
