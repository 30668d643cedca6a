/** Makes a random value that a structural schema accepts, without regard to rules over several fields. */
import { amountText } from '@flotilla/contracts/resources/fields.ts';
import { ADDRESS_RANGE_PATTERN, parseAddressRange } from '@flotilla/contracts/values/address-range.ts';
import type { OpenApiSchema } from '../../open-api-schema.ts';
import { isLikelyAmount, randomTextMatching } from './matching-text.ts';
import type { RandomSource } from './random-source.ts';

const ITEMS_USUAL_MAX = 4;
const OPTIONAL_CHANCE = 0.5;
const EDGE_CHANCE = 0.15;
const LETTERS = ['a', 'Z', '0', ' ', 'é', 'ß', '漢', '😀', '‍', '­', '"', '\\', '\n'] as const;

export function randomValue(schema: OpenApiSchema, random: RandomSource): unknown {
  if (schema.enum !== undefined) return random.pick(schema.enum);
  switch (schema.type) {
    case 'string':
      return randomText(schema, random);
    case 'boolean':
      return random.chance(0.5);
    case 'integer':
      return Math.floor(randomNumber(schema, random));
    case 'number':
      return randomNumber(schema, random);
    case 'array':
      return randomList(schema, random);
    case 'object':
      return schema.additionalProperties === undefined ? randomObject(schema, random) : randomMap(schema, random);
    default:
      return randomJson(random, 2);
  }
}

function randomObject({ properties = {}, required = [] }: OpenApiSchema, random: RandomSource): Readonly<Record<string, unknown>> {
  const present = Object.entries(properties).filter(([name]) => required.includes(name) || random.chance(OPTIONAL_CHANCE));
  return Object.fromEntries(present.map(([name, schema]) => [name, randomValue(schema, random)]));
}

function randomMap(
  { additionalProperties = {}, maxProperties = 1 }: OpenApiSchema,
  random: RandomSource,
): Readonly<Record<string, unknown>> {
  const count = random.chance(EDGE_CHANCE) ? maxProperties : random.below(ITEMS_USUAL_MAX);
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, randomValue(additionalProperties, random)]));
}

/** Without duplicates, when the schema forbids them. */
function randomList(schema: OpenApiSchema, random: RandomSource): readonly unknown[] {
  const { items = {}, minItems = 0, maxItems = 1 } = schema;
  const count = random.chance(EDGE_CHANCE / 3) ? maxItems : Math.min(maxItems, minItems + random.below(ITEMS_USUAL_MAX));
  const list = Array.from({ length: count }, () => randomValue(items, random));
  const keys = schema['x-kubernetes-list-map-keys'];
  const identity = (item: unknown): string =>
    JSON.stringify(keys === undefined ? item : keys.map((key) => (item as Readonly<Record<string, unknown>>)[key]));
  const seen = new Map(list.map((item) => [identity(item), item]));
  return schema['x-kubernetes-list-type'] === undefined ? list : [...seen.values()];
}

function randomText(schema: OpenApiSchema, random: RandomSource): string {
  const { pattern, minLength = 0, maxLength = 8 } = schema;
  if (pattern !== undefined) {
    return randomTextMatching({ pattern, minLength, maxLength, likely: likelyText(schema) }, random);
  }
  const length = random.chance(EDGE_CHANCE)
    ? random.pick([minLength, maxLength])
    : minLength + random.below(Math.min(12, maxLength - minLength + 1));
  return Array.from({ length }, () => random.pick(LETTERS)).join('');
}

/** Texts that the rule of a field over its text mostly accepts. */
function likelyText({ pattern = '', 'x-kubernetes-validations': rules = [] }: OpenApiSchema): (text: string) => boolean {
  if (rules.some(({ rule }) => rule === amountText.rule)) return isLikelyAmount;
  return pattern === ADDRESS_RANGE_PATTERN.source ? (text) => parseAddressRange(text) !== undefined : () => true;
}

function randomNumber({ type, minimum = 0, maximum = 1 }: OpenApiSchema, random: RandomSource): number {
  if (random.chance(EDGE_CHANCE)) return random.pick([minimum, maximum]);
  const wide = minimum + random.next() * (maximum - minimum);
  return type === 'integer' && random.chance(0.5) ? Math.min(maximum, minimum + random.below(100)) : wide;
}

/** Any JSON value, for a field without a schema. */
export function randomJson(random: RandomSource, depth: number): unknown {
  const leaves = [0, 1, -1, 1.5, 1e21, true, false, '', 'text', '😀', 'true', '1'] as const;
  if (depth === 0 || random.chance(0.6)) return random.pick(leaves);
  const children = Array.from({ length: random.below(3) }, () => randomJson(random, depth - 1));
  return random.chance(0.5) ? children : Object.fromEntries(children.map((child, index) => [`k${index}`, child]));
}
