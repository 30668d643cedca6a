/** The halt record as bytes, read tolerantly: a version that is newer than this one may have written it. */
import { haltRecordSchema, readRecordBytes } from '@flotilla/contracts';
import { z } from 'zod';
import type { HaltFinding } from './judge-halt-record.ts';

export interface HaltReading extends HaltFinding {
  /** Fields that this build does not know. */
  readonly unknownFields: readonly string[];
}

/** Without a generation nothing can be said about a halt. */
const coreSchema = z.looseObject(haltRecordSchema.pick({ generation: true }).shape);

/**
 * Undefined bytes: the key is not there. A record that engages, and of which another field cannot be read, still engages: in mode
 * CancelAndHold, so that a mode of a newer version does not leave the portfolio trading.
 */
export function readHaltRecord(bytes: Uint8Array | undefined, portfolio: string): HaltReading {
  if (bytes === undefined) return { record: undefined, problem: undefined, unknownFields: [] };
  const whole = readRecordBytes(haltRecordSchema, bytes);
  if (whole.ok) {
    const { value: record, unknownFields } = whole;
    if (record.portfolio === portfolio) return { record, problem: undefined, unknownFields };
    return unusable(`expected the halt record of portfolio ${portfolio}, found that of ${record.portfolio}`);
  }
  const core = readRecordBytes(coreSchema, bytes);
  const problem = `the halt record cannot be read: ${whole.problem}`;
  if (!core.ok || core.value['state'] !== 'ENGAGED' || core.value['portfolio'] !== portfolio) return unusable(problem);
  const { generation } = core.value;
  const record = { schemaVersion: 1, portfolio, generation, state: 'ENGAGED', mode: 'CancelAndHold', writtenAt: '' } as const;
  return { record, problem: shortened(problem), unknownFields: [] };
}

const PROBLEM_CHARACTERS_MAX = 500;

function unusable(problem: string): HaltReading {
  return { record: undefined, problem: shortened(problem), unknownFields: [] };
}

function shortened(problem: string): string {
  return problem.slice(0, PROBLEM_CHARACTERS_MAX);
}
