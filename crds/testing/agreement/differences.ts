/** Lists the allowed differences between zod and the API server about a spec, each with an example that a test gives to both. */
import type { ResourceKind } from '@flotilla/contracts/resources/catalogue.ts';
import type { OpenApiSchema } from '../../open-api-schema.ts';
import { schemaOf } from './random-spec.ts';
import { type Verdict, zodVerdict } from './verdicts.ts';

export interface Difference {
  readonly name: string;
  /** The description in crds/README.md, word for word. */
  readonly description: string;
  readonly example: { readonly kind: ResourceKind; readonly spec: unknown; readonly zodAccepts: boolean; readonly serverAccepts: boolean };
  /** True when this difference alone explains the two verdicts. */
  explains(kind: ResourceKind, spec: unknown, zod: Verdict, server: Verdict): boolean;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    name: 'null-is-absent',
    description:
      'The API server takes `null` as if the field were not there, and fills in its default; zod refuses it, or keeps it among `parameters`. The operator never sees one: the server drops it before it stores the object.',
    example: {
      kind: 'KillSwitch',
      spec: { scope: { type: 'All', namespaces: null }, mode: null, reason: 'drill' },
      zodAccepts: false,
      serverAccepts: true,
    },
    explains: (kind, spec, _zod, server) => agreesWith(server, kind, spec, withoutNulls(spec, schemaOf(kind))),
  },
  {
    name: 'half-a-character',
    description:
      'Half of a surrogate pair is a character of its own for zod; the API server stores U+FFFD in its place. No YAML can say one, and no text of ours holds one.',
    example: {
      kind: 'KillSwitch',
      spec: { scope: { type: 'All' }, reason: '\ud83d' },
      zodAccepts: true,
      serverAccepts: true,
    },
    explains: (kind, spec, _zod, server) => agreesWith(server, kind, spec, wellFormed(spec)),
  },
];

/** True when the changed spec differs, and both sides give it the verdict that the server gave to the first one. */
function agreesWith(server: Verdict, kind: ResourceKind, spec: unknown, changed: unknown): boolean {
  if (JSON.stringify(changed) === JSON.stringify(spec)) return false;
  const zod = zodVerdict(kind, changed);
  return zod.accepted === server.accepted && (!zod.accepted || zod.says === server.says);
}

export function differenceOf(kind: ResourceKind, spec: unknown, zod: Verdict, server: Verdict): string | undefined {
  return DIFFERENCES.find((difference) => difference.explains(kind, spec, zod, server))?.name;
}

/** As the API server prunes before it sets defaults: in objects that the schema describes, and among the values of a map. */
function withoutNulls(value: unknown, schema: OpenApiSchema): unknown {
  if (Array.isArray(value)) return value.map((item) => (schema.items === undefined ? (item as unknown) : withoutNulls(item, schema.items)));
  if (typeof value !== 'object' || value === null) return value;
  const { properties = {}, additionalProperties } = schema;
  const members = Object.entries(value).flatMap(([name, member]): readonly (readonly [string, unknown])[] => {
    const own = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (own === undefined) return [[name, member]];
    return member === null ? [] : [[name, withoutNulls(member, own)]];
  });
  return Object.fromEntries(members);
}

/** As Go's JSON decoder reads it. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.toWellFormed(), wellFormed(member)]));
}
