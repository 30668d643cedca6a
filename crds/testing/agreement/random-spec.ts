/** The n-th random spec of a kind for a seed: valid specs, valid specs with small mistakes, and specs with random values. */
import type { ResourceKind } from '@flotilla/contracts/resources/catalogue.ts';
import type { OpenApiSchema } from '../../open-api-schema.ts';
import { schemaFromZod } from '../../schema-from-zod.ts';
import { resourceOf } from '../crd-server.ts';
import { mutate } from './mutate.ts';
import { makeRandomSource, type RandomSource } from './random-source.ts';
import { randomValue } from './random-value.ts';

const MISTAKEN_CHANCE = 0.5;
const UNCHECKED_CHANCE = 0.1;
/** Bound on the attempts to find a spec that satisfies the rules over several fields. */
const TRIES_MAX = 50;

/** Depends only on its arguments, so that one value can be repeated alone. Gives JSON values; undefined means an object without a spec. */
export function randomSpec(kind: ResourceKind, seed: number, index: number): unknown {
  const random = makeRandomSource(Math.imul(seed, 0x9e_37_79_b1) ^ Math.imul(index + 1, 0x85_eb_ca_6b));
  const value = random.chance(UNCHECKED_CHANCE) ? randomValue(schemaOf(kind), random) : likelyValid(kind, random);
  const spec = random.chance(MISTAKEN_CHANCE) ? mutate(value, random) : value;
  return spec === undefined ? undefined : (JSON.parse(JSON.stringify(spec)) as unknown);
}

function likelyValid(kind: ResourceKind, random: RandomSource): unknown {
  const schema = resourceOf(kind).spec;
  let value: unknown;
  for (let count = 0; count < TRIES_MAX; count += 1) {
    value = randomValue(schemaOf(kind), random);
    if (schema.safeParse(value).success) break;
  }
  return value;
}

const schemas = new Map<ResourceKind, OpenApiSchema>();

export function schemaOf(kind: ResourceKind): OpenApiSchema {
  const schema = schemas.get(kind) ?? schemaFromZod(resourceOf(kind).spec, 'spec');
  schemas.set(kind, schema);
  return schema;
}
