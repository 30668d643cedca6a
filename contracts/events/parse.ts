/** Reads an event from bytes, and writes an event as bytes. */
import type { z } from 'zod';
import { canonicalJson } from '../values/canonical-json.ts';
import { FlotillaError } from '../errors/errors.ts';
import { EVENT_BYTES_MAX } from '../values/limits.ts';
import { describeIssues, holdsFields, UNKNOWN_FIELDS_MAX, unknownFieldsIn } from '../records/read-record.ts';
import { EVENTS, type EventOf, type EventType } from './catalogue.ts';
import { SCHEMA_VERSION } from './envelope.ts';

export interface ParsedEvent<T extends EventType> {
  readonly event: EventOf<T>;
  /** Paths of fields that this build does not know, at any depth and at most {@link UNKNOWN_FIELDS_MAX}. `event` keeps these fields. */
  readonly unknownFields: readonly string[];
}

const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/**
 * Validates one event of a known type.
 *
 * @throws FlotillaError `EVENT_TOO_LARGE`, `EVENT_MALFORMED` (not UTF-8, not JSON, wrong shape), `SCHEMA_VERSION_UNSUPPORTED`.
 */
export function parseEvent<T extends EventType>(type: T, payload: Uint8Array): ParsedEvent<T> {
  if (payload.byteLength > EVENT_BYTES_MAX) {
    throw new FlotillaError('EVENT_TOO_LARGE', `expected at most ${EVENT_BYTES_MAX} bytes of ${type}, found ${payload.byteLength}`);
  }
  const value = decodeJson(type, payload);
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === 'number' && version > SCHEMA_VERSION) {
    throw new FlotillaError(
      'SCHEMA_VERSION_UNSUPPORTED',
      `expected ${type} of schema version ${SCHEMA_VERSION} or older, found ${version}: update this service`,
    );
  }
  const result = EVENTS[type].safeParse(value);
  if (!result.success) {
    throw new FlotillaError('EVENT_MALFORMED', `expected a valid ${type}, found: ${describeIssues(result.error)}`);
  }
  const event = result.data as EventOf<T>;
  return { event, unknownFields: unknownFieldsOf(type, event) };
}

/** Canonical bytes of an event. */
export function encodeEvent(event: object): Uint8Array {
  return encoder.encode(canonicalJson(event));
}

function decodeJson(type: EventType, payload: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(payload)) as unknown;
  } catch (cause) {
    throw new FlotillaError('EVENT_MALFORMED', `expected ${type} as UTF-8 JSON, found ${payload.byteLength} bytes that are not`, { cause });
  }
}

/** Names of the fields in the schema of one event type. Made once, because every event is compared with them. */
interface KnownFields {
  readonly names: ReadonlySet<string>;
  /** Fields whose values have fields themselves. */
  readonly nested: ReadonlyMap<string, z.core.$ZodType>;
}

const knownFields = new Map<string, KnownFields>();

function unknownFieldsOf(type: EventType, event: Record<string, unknown>): readonly string[] {
  const kind = typeof event['kind'] === 'string' && type === 'signals.normalized' ? event['kind'] : '';
  const { names, nested } = knownFieldsOf(type, kind);
  const found = Object.keys(event).filter((key) => !names.has(key));
  for (const [name, schema] of nested) {
    const value = event[name];
    if (value !== undefined) found.push(...unknownFieldsIn(schema, value, `${name}.`));
  }
  return found.slice(0, UNKNOWN_FIELDS_MAX);
}

function knownFieldsOf(type: EventType, kind: string): KnownFields {
  const cacheKey = `${type}/${kind}`;
  const held = knownFields.get(cacheKey);
  if (held !== undefined) return held;
  const shape = shapeOf(type, kind);
  const nested = Object.entries(shape).filter(([, schema]) => holdsFields(schema));
  const known = { names: new Set(Object.keys(shape)), nested: new Map(nested) };
  knownFields.set(cacheKey, known);
  return known;
}

function shapeOf(type: EventType, kind: string): Readonly<Record<string, z.core.$ZodType>> {
  const schema = EVENTS[type];
  if ('shape' in schema) return schema.shape;
  const option = schema.options.find((candidate) => candidate.shape.kind.value === kind);
  return option === undefined ? {} : option.shape;
}
