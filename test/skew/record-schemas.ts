/**
 * Gives the JSON Schemas of the records that one part of Flotilla writes and another part, perhaps of another version, reads.
 *
 * For the tests of version skew: `test/skew/previous/records.json` holds the schemas of the previous version, and a test compares both. After a
 * release, `node test/skew/record-schemas.ts > test/skew/previous/records.json` freezes the schemas of that release.
 */
import { execFileSync } from 'node:child_process';
import { execConfigSchema } from '@flotilla/contracts/control/exec-config.ts';
import { agentStatusSchema, execStatusSchema } from '@flotilla/contracts/control/exec-status.ts';
import { gatewayConfigSchema } from '@flotilla/contracts/control/gateway-config.ts';
import { haltRecordSchema } from '@flotilla/contracts/control/halt.ts';
import { execSnapshotSchema } from '@flotilla/contracts/control/snapshot.ts';
import { RESOURCES } from '@flotilla/contracts/resources/catalogue.ts';
import { z } from 'zod';

/** The part of JSON Schema that the comparison of two versions reads. */
export interface RecordSchema {
  readonly properties?: Readonly<Record<string, RecordSchema>>;
  readonly items?: RecordSchema;
  readonly anyOf?: readonly RecordSchema[];
  readonly oneOf?: readonly RecordSchema[];
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  /** False: the reader refuses a record with a field that it does not know. */
  readonly additionalProperties?: boolean | RecordSchema;
  readonly [keyword: string]: unknown;
}

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  ExecConfig: execConfigSchema,
  ExecStatus: execStatusSchema,
  AgentStatus: agentStatusSchema,
  GatewayConfig: gatewayConfigSchema,
  HaltRecord: haltRecordSchema,
  ExecSnapshot: execSnapshotSchema,
  ...Object.fromEntries(RESOURCES.map(({ kind, spec }) => [`${kind}.spec`, spec])),
};

/** By record; the spec of a resource is `<Kind>.spec`. */
export function recordSchemas(): Readonly<Record<string, RecordSchema>> {
  return Object.fromEntries(
    Object.entries(SCHEMAS).map(([record, schema]) => {
      const { $schema: _dialect, ...found } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
      return [record, withoutDescriptions(found as RecordSchema)];
    }),
  );
}

/** Descriptions change with every release, and no reader depends on them. A field may be named `description`, and its value is an object. */
function withoutDescriptions<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutDescriptions(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name, one]) => name !== 'description' || typeof one === 'object');
  return Object.fromEntries(kept.map(([name, one]) => [name, withoutDescriptions(one as unknown)])) as T;
}

/**
 * The parts of a record of `current` that a strict reader of `previous` may refuse: a field that the reader does not know
 * (`strategies.*.problem`), a value that the reader does not know (`mode=Flatten`), and the lack of a field that the reader requires (`account?`).
 */
export function refusals(previous: RecordSchema, current: RecordSchema, path = ''): readonly string[] {
  const [before, now] = [variantsOf(previous), variantsOf(current)];
  const found = now.flatMap((one) => [
    ...Object.entries(one.properties ?? {}).flatMap(([name, field]) => {
      const known = before.flatMap<RecordSchema>((other) => other.properties?.[name] ?? []);
      if (known.length > 0) return refusals({ anyOf: known }, field, `${path}${name}.`);
      return before.every(({ additionalProperties }) => additionalProperties === false) ? [`${path}${name}`] : [];
    }),
    ...(one.items === undefined
      ? []
      : refusals({ anyOf: before.flatMap<RecordSchema>(({ items }) => items ?? []) }, one.items, `${path}*.`)),
    ...missing(before, one).map((name) => `${path}${name}?`),
  ]);
  return [...new Set([...found, ...unknownValues(before, now).map((value) => `${path.slice(0, -1)}=${String(value)}`)])].toSorted();
}

/** Fields that every variant of the reader requires and the writer may leave out. */
function missing(before: readonly RecordSchema[], one: RecordSchema): readonly string[] {
  if (one.properties === undefined) return [];
  const [first, ...others] = before.map(({ required = [] }) => required);
  return (first ?? []).filter((name) => others.every((required) => required.includes(name)) && one.required?.includes(name) !== true);
}

function unknownValues(before: readonly RecordSchema[], now: readonly RecordSchema[]): readonly unknown[] {
  const known = before.flatMap(valuesOf);
  return known.length === 0 ? [] : now.flatMap(valuesOf).filter((value) => !known.includes(value));
}

function valuesOf({ enum: values, const: value }: RecordSchema): readonly unknown[] {
  return values ?? (value === undefined ? [] : [value]);
}

function variantsOf(schema: RecordSchema): readonly RecordSchema[] {
  return (schema.anyOf ?? schema.oneOf)?.flatMap(variantsOf) ?? [schema];
}

if (import.meta.main) {
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
  console.log(JSON.stringify({ commit, schemas: recordSchemas() }, undefined, 1));
}
