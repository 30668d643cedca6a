/**
 * The sources file as the gateway reads it. An operator of another version may have written the file, so an entry that this build cannot read
 * leaves out that entry alone, and unknown fields are kept and named. Pure.
 */
import type { ReasonOf } from '@flotilla/contracts/conditions/condition-reasons.ts';
import { FlotillaError, type GatewaySource, gatewaySourceSchema, readRecord, TOKEN_PATTERN } from '@flotilla/contracts';
import { z } from 'zod';
import type { SourceProblem } from './source-table.ts';

export interface ParsedSources {
  readonly sources: readonly GatewaySource[];
  readonly problems: readonly SourceProblem[];
  readonly unknownFields: readonly string[];
}

/** As many as the operator writes; `gatewayConfigSchema` holds the writer to it. */
const SOURCES_MAX = 256;
const fileSchema = z.strictObject({ schemaVersion: z.literal(1), sources: z.array(z.unknown()).max(SOURCES_MAX) });

/** @throws FlotillaError `CONFIG_INVALID` when the file as a whole cannot be read. */
export function parseSourcesFile(text: string): ParsedSources {
  const file = readRecord(fileSchema, parseJson(text));
  if (!file.ok) throw new FlotillaError('CONFIG_INVALID', `expected a valid sources file, found: ${file.problem}`);
  const entries = file.value.sources.map(parseEntry);
  const names = entries.map(({ source }) => source);
  const unique = entries.map((entry) => (names.indexOf(entry.source) === names.lastIndexOf(entry.source) ? entry : duplicateOf(entry)));
  const problems = new Map(unique.flatMap((entry) => (entry.ok ? [] : [[entry.source, entry.problem]])));
  return {
    sources: unique.flatMap((entry) => (entry.ok ? [entry.value] : [])),
    problems: [...problems.values()],
    unknownFields: [...file.unknownFields, ...entries.flatMap((entry) => (entry.ok ? entry.unknownFields : []))],
  };
}

type Entry =
  | { readonly ok: true; readonly source: string; readonly value: GatewaySource; readonly unknownFields: readonly string[] }
  | { readonly ok: false; readonly source: string; readonly problem: SourceProblem };

function parseEntry(value: unknown, index: number): Entry {
  const read = readRecord(gatewaySourceSchema, value);
  if (read.ok) {
    const unknownFields = read.unknownFields.map((field) => `sources.${index}.${field}`);
    return { ok: true, source: read.value.name, value: read.value, unknownFields };
  }
  const source = nameOf(value) ?? `sources.${index}`;
  return refusal(source, 'SourceUnreadable', `this build of the gateway cannot read the source: ${read.problem}`);
}

/** Two entries of one name contradict each other, so neither is served. */
function duplicateOf({ source }: Entry): Entry {
  return refusal(source, 'SourceNamedTwice', 'expected every source once in the sources file, found this name twice');
}

function refusal(source: string, reason: ReasonOf<'SignalSource'>, message: string): Entry {
  return { ok: false, source, problem: { source, reason, message } };
}

function nameOf(value: unknown): string | undefined {
  const { name } = (typeof value === 'object' && value !== null ? value : {}) as { readonly name?: unknown };
  return typeof name === 'string' && TOKEN_PATTERN.test(name) ? name : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new FlotillaError('CONFIG_INVALID', 'expected the sources file to be JSON, found text that is not', { cause });
  }
}
