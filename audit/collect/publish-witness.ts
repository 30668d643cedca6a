/** Copies checkpoints to places outside of the folder, where a person who cuts the log back cannot cut them. For the audit service. */
import { appendFile } from 'node:fs/promises';
import type { Bus, Clock, KeyValue } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import type { SignedCheckpoint } from '../log/checkpoint-line.ts';

/** STATUS bucket. */
export const WITNESS_KEY = 'audit.checkpoint';
/** Between two writes to the bucket, which holds only the newest checkpoint. */
const BUCKET_INTERVAL_MS = 5_000;

export interface Witness {
  onCheckpoint(checkpoint: SignedCheckpoint): void;
  stop(): Promise<void>;
}

export interface WitnessOptions {
  readonly bus: Bus;
  readonly bucket: KeyValue;
  readonly clock: Clock;
  readonly logger: Logger;
  /** File to which the witness appends every note. */
  readonly file: string | undefined;
}

/** A failure is logged, and the log goes on. */
export function publishWitness(options: WitnessOptions): Witness {
  const { bus, bucket, clock, logger, file } = options;
  let newest: SignedCheckpoint | undefined;
  let scheduled: (() => void) | undefined;
  let work: Promise<void> = Promise.resolve();

  const enqueue = (what: string, task: () => Promise<unknown>): void => {
    work = work.then(task).then(
      () => undefined,
      (cause: unknown) => logger.warn({ err: cause }, `could not copy a checkpoint to ${what}`),
    );
  };
  const putNewest = (): void => {
    scheduled = undefined;
    const checkpoint = newest;
    newest = undefined;
    if (checkpoint !== undefined && bus.connected()) enqueue('STATUS', () => bucket.put(WITNESS_KEY, Buffer.from(checkpoint.note)));
  };
  return {
    onCheckpoint(checkpoint) {
      newest = checkpoint;
      if (file !== undefined) enqueue(file, () => appendFile(file, `${checkpoint.note}\n`));
      scheduled ??= clock.after(BUCKET_INTERVAL_MS, putNewest);
    },
    async stop() {
      scheduled?.();
      putNewest();
      await work;
    },
  };
}
