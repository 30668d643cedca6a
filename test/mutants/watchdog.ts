/**
 * A thread of the mutant worker: ends the process when a test file uses far more processor time than without a mutant. Wall-clock time would
 * end slow tests too, on a machine that is busy with other work.
 */
import { workerData } from 'node:worker_threads';

const LOOK_MS = 100;

/** Its one number is the processor time of the process, in milliseconds, at which the thread ends the process. */
const end = workerData as Float64Array;

setInterval(() => {
  const { user, system } = process.cpuUsage();
  if ((user + system) / 1_000 > (end[0] ?? Infinity)) process.kill(process.pid, 'SIGKILL');
}, LOOK_MS);
