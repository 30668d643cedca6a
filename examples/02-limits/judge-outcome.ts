/** Compares the answers of exec to a scenario with the expected ones, and gives rows of a table. For the demo. Pure. */
import type { DenialCode } from '@flotilla/contracts/errors/denials.ts';
import type { Denial, OrderEvent } from '@flotilla/contracts/events/executions.ts';
import { describeOrder } from './make-intent.ts';
import type { Scenario } from './scenarios.ts';

export interface Verdict {
  /** Codes of every check that denied. */
  readonly codes: readonly DenialCode[];
  /** The expectation that did not hold, as a sentence; undefined when every expectation holds. */
  readonly problem: string | undefined;
  /** Check, order, reason. */
  readonly rows: readonly (readonly [check: string, sent: string, why: string])[];
}

/** Width of the last column; the table then fits 140 columns. */
const WHY_WIDTH = 64;

/** `last` holds the last event of each order of the scenario. */
export function judgeOutcome(scenario: Scenario, last: readonly OrderEvent[]): Verdict {
  const { order, count, deniedBy, because = '' } = scenario;
  const sent = describeOrder(order, count);
  const filled = last.filter(({ status }) => status === 'FILLED').length;
  const denials = firstOfEachCode(last);
  const codes = denials.map(({ code }) => code);
  const missing = deniedBy.filter((code) => !codes.includes(code));
  const rows = denials.map((denial) => [denial.code as string, describeDenial(denial)] as const);
  const passed = deniedBy.length === 0 ? because : `${filled} of ${last.length} passed`;
  if (filled > 0) rows.unshift(['passes', passed]);
  return {
    codes,
    problem: problemOf(sent, missing, deniedBy.length === 0 ? last.filter(({ status }) => status !== 'FILLED') : []),
    rows: rows.flatMap(([check, why], index) =>
      wrap(why, WHY_WIDTH).map((line, lineIndex) => [lineIndex === 0 ? check : '', index + lineIndex === 0 ? sent : '', line] as const),
    ),
  };
}

function firstOfEachCode(events: readonly OrderEvent[]): readonly Denial[] {
  const found = new Map<DenialCode, Denial>();
  for (const denial of events.flatMap(({ denials }) => denials ?? [])) if (!found.has(denial.code)) found.set(denial.code, denial);
  return [...found.values()];
}

function describeDenial({ message, details }: Denial): string {
  const numbers = Object.entries(details).map(([name, value]) => `${name} ${value}`);
  return numbers.length === 0 ? message : `${message}: ${numbers.join(', ')}`;
}

function problemOf(sent: string, missing: readonly DenialCode[], stopped: readonly OrderEvent[]): string | undefined {
  if (missing.length > 0) return `${sent}: expected a denial by ${missing.join(', ')}`;
  const [first] = stopped;
  if (first === undefined) return undefined;
  return `${sent}: expected it to be filled, found ${first.status} ${(first.denials ?? []).map(({ code }) => code).join(', ')}`.trimEnd();
}

/** Lines of at most `width` columns, broken between words; a longer word stands alone. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length < width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
