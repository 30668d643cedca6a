/** Measures `make up` and `make down` with built programs and an existing state folder, and once with an empty state folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beginBench, round } from './harness/report.ts';
import { runCommand } from './harness/run-command.ts';
import { spread } from './harness/statistics.ts';

const RUNS = 5;
const UP_S_MAX = 10;
/** Away from the default ports and from those of the tests. */
const PORT_OFFSET = '9000';

const bench = beginBench(
  'up',
  `node local/main.ts up and down as processes, wall time, in a state folder of its own; one run on an empty folder, then ${RUNS} warm ones`,
);
const state = await mkdtemp(join(tmpdir(), 'flotilla-bench-up-'));
const main = join(import.meta.dirname, '../local/main.ts');

async function timed(command: string): Promise<number> {
  const startedMs = performance.now();
  await runCommand(process.execPath, [main, command], { FLOTILLA_STATE_DIR: state, PORT_OFFSET });
  return (performance.now() - startedMs) / 1_000;
}

try {
  const firstUpS = await timed('up');
  const firstDownS = await timed('down');
  bench.line(`empty state folder: up ${round(firstUpS)} s, down ${round(firstDownS)} s`);
  const up: number[] = [];
  const down: number[] = [];
  for (let run = 1; run <= RUNS; run += 1) {
    up.push(await timed('up'));
    down.push(await timed('down'));
    bench.line(`run ${run}: up ${round(up.at(-1) ?? 0)} s, down ${round(down.at(-1) ?? 0)} s`);
  }
  const results = { firstUpS, upS: spread(up), downS: spread(down) };
  bench.finish(results, [{ what: 'make up, warm', found: results.upS.median, bound: UP_S_MAX, sense: 'at most', unit: 's' }]);
} finally {
  await timed('clean');
  await rm(state, { recursive: true, force: true });
}
