/** Reads halt records as another version may have written them, for the control bus and the halt plan. */
import { type HaltRecord, haltRecordSchema } from '@flotilla/contracts/control/halt.ts';
import { readRecordBytes } from '@flotilla/contracts/records/read-record.ts';

/** The result of reading a portfolio's halt record from the bus. */
export type HaltReading =
  | {
      readonly kind: 'record';
      readonly record: HaltRecord;
      /** Paths of fields that this build does not know. */
      readonly unknownFields?: readonly string[];
    }
  /** The record was never written, was deleted, or its bucket was created again. */
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'unreadable';
      /** The expectation and the finding. */
      readonly problem: string;
      /** The generation of the record if it can be read, else 0. */
      readonly generation: number;
    };

/** Never throws: the result names the problem of an unreadable record. */
export function readHaltRecord(portfolio: string, bytes: Uint8Array): HaltReading {
  const read = readRecordBytes(haltRecordSchema, bytes);
  if (!read.ok) return { kind: 'unreadable', problem: read.problem, generation: generationIn(bytes) };
  const { value: record, unknownFields } = read;
  if (record.portfolio === portfolio) return { kind: 'record', record, unknownFields };
  return {
    kind: 'unreadable',
    problem: `expected a record of portfolio ${portfolio}, found one of ${record.portfolio}`,
    generation: record.generation,
  };
}

function generationIn(bytes: Uint8Array): number {
  try {
    const { generation } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly generation?: unknown };
    return Number.isSafeInteger(generation) && (generation as number) > 0 && (generation as number) < Number.MAX_SAFE_INTEGER
      ? (generation as number)
      : 0;
  } catch {
    return 0;
  }
}
