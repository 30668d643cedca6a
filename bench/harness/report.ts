/** Prints the report of a benchmark: machine, method, runs, and one line of JSON at the end. */
import { describeMachine } from './machine.ts';

export interface Goal {
  readonly what: string;
  readonly found: number;
  readonly bound: number;
  /** Whether `found` must be at least or at most `bound`. */
  readonly sense: 'at least' | 'at most';
  readonly unit: string;
}

export interface Bench {
  line(text: string): void;
  /** Prints goals and JSON; exit code 1 when a goal is missed and `FLOTILLA_BENCH_STRICT` is set. */
  finish(results: object, goals: readonly Goal[]): void;
}

export function beginBench(name: string, method: string): Bench {
  const machine = describeMachine();
  const line = (text: string) => process.stdout.write(`${text}\n`);
  line(`bench ${name}`);
  line(
    `machine: ${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}, load ${machine.load}`,
  );
  line(`method:  ${method}`);
  return {
    line,
    finish(results, goals) {
      const judged = goals.map((goal) => ({
        ...goal,
        met: goal.sense === 'at least' ? goal.found >= goal.bound : goal.found <= goal.bound,
      }));
      for (const { what, found, bound, sense, unit, met } of judged) {
        line(`${met ? 'met   ' : 'MISSED'}  ${what}: ${round(found)} ${unit} (${sense} ${bound} ${unit})`);
      }
      line(JSON.stringify({ bench: name, machine, results, goals: judged }));
      if (process.env['FLOTILLA_BENCH_STRICT'] !== undefined && judged.some(({ met }) => !met)) process.exitCode = 1;
    },
  };
}

export function round(value: number): number {
  return Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(3));
}
