/** Ends a process whose event loop is blocked for too long, from a thread of its own. */
import { Worker } from 'node:worker_threads';

/**
 * Kills this process unless `arm` or `disarm` is called in time. A thread of its own kills, so a blocked event loop cannot delay it. For a process
 * that must not go on after a stall, whatever the cause.
 */
export interface StallWatchdog {
  /** Kills the process after `delayMs`, unless `arm` or `disarm` is called before. */
  arm(delayMs: number): void;
  disarm(): void;
  close(): Promise<void>;
}

/** Places in the shared memory. */
const CHANGES = 0;
const DELAY_MS = 1;

/** Costs about 9 MiB of resident memory. `onBroken` is called when the thread ends by itself: a later stall is not noticed. */
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

/** Runs in the thread, so it uses no name of this file. Sleeps until the shared memory changes or the delay is over. */
function watch(shared: SharedArrayBuffer): never {
  const words = new Int32Array(shared);
  for (;;) {
    const changes = Atomics.load(words, 0);
    const delayMs = Atomics.load(words, 1);
    // SIGKILL, because no other signal ends a process whose main thread is busy.
    if (Atomics.wait(words, 0, changes, delayMs === 0 ? Infinity : delayMs) === 'timed-out') process.kill(process.pid, 'SIGKILL');
  }
}
