/** Gives the operator's status board the reports that services write to the STATUS bucket. */
import { pushSubject, storedSubject } from '@flotilla/contracts/access/core-account.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { bucketStream, bucketSubject } from '@flotilla/runtime/key-value.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import type { StatusBoard } from './status-board.ts';

const AGE_CHECK_MS = 2_000;

export interface StatusFeed {
  /** Reads the last report of every service; never rejects. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Feeds the board from the STATUS bucket: one core subscription for all keys, and the last value of each after every connection.
 * A lost report is replaced by the next one, five seconds later at most.
 */
export function startStatusFeed(bus: NatsBus, board: StatusBoard, logger: KernelLogger): StatusFeed {
  const prefix = bucketSubject('STATUS', '');
  const stopping = new AbortController();

  const read = async (): Promise<void> => {
    for (const { subject, payload } of await bus.lastPerSubject(bucketStream('STATUS'), bucketSubject('STATUS', '>'))) {
      board.take(subject.slice(prefix.length), payload);
    }
    board.completed();
  };
  const refresh = (): Promise<void> =>
    read().catch((error: unknown) =>
      logger.debug({ err: error }, 'could not read the reports; each service sends the next one within five seconds'),
    );
  const subscription = bus.subscribe(pushSubject(bucketSubject('STATUS', '>')), ({ subject, payload }) =>
    board.take(storedSubject(subject).slice(prefix.length), payload),
  );
  const connection = bus.onConnect(() => {
    board.listen();
    void refresh();
  });

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      board.checkAges();
      await bus.clock.sleep(AGE_CHECK_MS, stopping.signal).catch(() => undefined);
    }
  };
  const running = run();

  return {
    refresh,
    async stop() {
      stopping.abort(new Error('stopped'));
      subscription.unsubscribe();
      connection.unsubscribe();
      await running;
    },
  };
}
