/** Ends a process whose event loop is blocked for too long, from a thread of its own. */
import { Worker } from 'node:worker_threads';

/**
 * Kills this process, unless it is told in time that all is well. A thread of its own does it, so a blocked event loop cannot hold it up: this is
 * for what must not go on after a stall, whatever the stall was.
 */
export interface StallWatchdog {
  /** From now on: the process dies in `delayMs`, unless `arm` or `disarm` is called before. */
  arm(delayMs: number): void;
  disarm(): void;
  close(): Promise<void>;
}

/** Places in the shared memory. */
const CHANGES = 0;
const DELAY_MS = 1;

/** About 9 MiB of resident memory. `onBroken` is called when the thread has ended by itself: from then on a stall is not noticed. */
export function startStallWatchdog(onBroken: (error: unknown) => void): StallWatchdog {
  const shared = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
  const words = new Int32Array(shared);
  // The text of the function, not a file: loading a TypeScript file in a thread costs another 10 MiB.
  const worker = new Worker(`(${watch.toString()})(require('node:worker_threads').workerData)`, {
    eval: true,
    workerData: shared,
    env: {},
    execArgv: [],
    name: 'stall-watchdog',
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  });
  let closing = false;
  worker.unref();
  worker.on('error', onBroken);
  worker.on('exit', (code) => {
    if (!closing) onBroken(new Error(`the thread of the stall watchdog ended with code ${code}`));
  });
  const set = (delayMs: number): void => {
    Atomics.store(words, DELAY_MS, delayMs);
    Atomics.add(words, CHANGES, 1);
    Atomics.notify(words, CHANGES);
  };
  return {
    arm: (delayMs) => set(Math.max(1, Math.ceil(delayMs))),
    disarm: () => set(0),
    async close() {
      closing = true;
      set(0);
      await worker.terminate();
    },
  };
}

/** Runs in the thread, so it may use nothing from outside of it. Sleeps until it is told something new, or the delay is over. */
function watch(shared: SharedArrayBuffer): never {
  const words = new Int32Array(shared);
  for (;;) {
    const changes = Atomics.load(words, 0);
    const delayMs = Atomics.load(words, 1);
    // SIGKILL, because nothing less ends a process whose main thread is busy.
    if (Atomics.wait(words, 0, changes, delayMs === 0 ? Infinity : delayMs) === 'timed-out') process.kill(process.pid, 'SIGKILL');
  }
}
