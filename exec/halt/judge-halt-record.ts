/**
 * Judges the halt after exec has read a record, or found none: pure. The account halt acts on the verdict.
 *
 * A record may only tighten unless it is certainly newer than every record that exec has read. So a record of a lower generation, a deleted
 * key, a bucket that was made anew or restored, and a record that cannot be read close the gate: none of them proves that no halt is in force.
 */
import { assert, type HaltMode, type HaltRecord } from '@flotilla/contracts';
import type { HaltView } from '../gate/gate-state.ts';
import type { HaltGenerations } from '../state/halt-generations.ts';

/** The result of a look, from {@link ./read-halt-record.ts}. */
export interface HaltFinding {
  /** Undefined: there is none, or none that can be used. */
  readonly record: HaltRecord | undefined;
  /** Why the record cannot be used, or not as a whole. */
  readonly problem: string | undefined;
}

export interface HaltVerdict {
  readonly view: HaltView;
  readonly generations: HaltGenerations;
  /** The problem of the record; undefined: the record is in order and confirms the view. */
  readonly problem: string | undefined;
  /** The halt that comes into force by this finding; undefined: none does. */
  readonly engages: HaltRecord | undefined;
}

const MODE_DEFAULT: HaltMode = 'CancelAndHold';
const TIGHTNESS: Readonly<Record<HaltMode, number>> = { ReduceOnly: 0, CancelAndHold: 1, Flatten: 2 };

export function judgeHaltFinding(view: HaltView, known: HaltGenerations, { record, problem }: HaltFinding): HaltVerdict {
  if (record === undefined) {
    const missing = problem ?? 'expected a halt record, found none';
    return { view: withoutEvidence(view, missing), generations: known, problem: missing, engages: undefined };
  }
  assert(Number.isSafeInteger(record.generation) && record.generation >= 0, `expected a generation, found ${record.generation}`);
  assert(problem === undefined || record.state === 'ENGAGED', 'a record that is not readable as a whole may only engage');
  const generations = raised(known, record);
  const verdict = record.state === 'ENGAGED' ? judgeEngaged(view, known, record) : judgeReleased(view, known, record);
  assert(verdict.view.state !== 'RELEASED' || verdict.view.generation === generations.highest, 'only the newest record opens the gate');
  return { ...verdict, problem: problem ?? verdict.problem, generations };
}

/** An engaged halt always comes into force, whatever its generation, unless one that is as tight is in force already. */
function judgeEngaged(view: HaltView, known: HaltGenerations, record: HaltRecord): Omit<HaltVerdict, 'generations'> {
  const mode = record.mode ?? MODE_DEFAULT;
  const isOld = known.highest !== undefined && record.generation < known.highest;
  const problem = isOld ? `expected a halt record of generation ${known.highest} or above, found ${record.generation} ENGAGED` : undefined;
  const isKnown = view.state === 'ENGAGED' && (isOld || record.generation === view.generation);
  if (isKnown && TIGHTNESS[mode] <= TIGHTNESS[view.mode]) return { view, problem, engages: undefined };
  return { view: { state: 'ENGAGED', generation: record.generation, mode }, problem, engages: record };
}

/** Only a record as new as any that was read, and newer than every halt, opens the gate. */
function judgeReleased(
  view: HaltView,
  { highest = 0, highestEngaged = -1 }: HaltGenerations,
  { generation }: HaltRecord,
): Omit<HaltVerdict, 'generations'> {
  if (generation >= highest && generation > highestEngaged) {
    return { view: { state: 'RELEASED', generation }, problem: undefined, engages: undefined };
  }
  const engaged = highestEngaged >= 0 ? `, and above ${highestEngaged}, which engaged a halt` : '';
  const problem = `expected a halt record of generation ${highest} or above${engaged}, found ${generation} RELEASED`;
  return { view: withoutEvidence(view, problem), problem, engages: undefined };
}

/** An engaged halt stays in force; everything else is unknown. */
function withoutEvidence(view: HaltView, problem: string): HaltView {
  return view.state === 'ENGAGED' ? view : { state: 'UNKNOWN', problem };
}

function raised({ highest, highestEngaged }: HaltGenerations, { state, generation }: HaltRecord): HaltGenerations {
  return {
    highest: Math.max(highest ?? 0, generation),
    highestEngaged: state === 'ENGAGED' ? Math.max(highestEngaged ?? 0, generation) : highestEngaged,
  };
}
