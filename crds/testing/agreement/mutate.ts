/** Makes small mistakes in a value, as people and programs make them, near the bounds of a schema. */
import { randomJson } from './random-value.ts';
import type { RandomSource } from './random-source.ts';

type Path = readonly (string | number)[];

const NUMBERS = [
  '1e5',
  '+1',
  '01',
  '.5',
  '5.',
  '1_000',
  '0x10',
  'NaN',
  'Infinity',
  '-0',
  '0.0',
  '00',
  '1,5',
  ' 1',
  '1 ',
  '1\n',
  '-1',
  '1.2.3',
  '١٢',
  '１２',
  '1e',
  '--1',
];
const AMOUNTS = [
  '0',
  '0.5',
  '1',
  '999999999999999',
  '9999999999999999',
  '0.123456789012345',
  '0.1234567890123456',
  '1'.padEnd(33, '0'),
  `0.${'0'.repeat(40)}1`,
];
const TEXTS = [
  '',
  ' ',
  'null',
  'true',
  'none',
  'None',
  'é',
  'e\u0301',
  '😀',
  '\u0000',
  '\u200b',
  'a\nb',
  'a\u2028b',
  'ſ',
  'K',
  'İ',
  'a.b',
  'a/b',
  'A',
  '-a',
  'a-',
  '_',
];
const NAMES = ['unknown', 'x', '', 'constructor', 'toString', 'metadata', 'apiVersion', 'a.b', 'é', 'Spec', 'order '];
const WRONG = [null, true, false, 0, -1, 1.5, 1e21, '', 'text', [], {}, [null], { a: 1 }] as const;

/** The value with one to three mistakes; the value itself is left alone. */
export function mutate(value: unknown, random: RandomSource): unknown {
  let mutated = value;
  const count = 1 + (random.chance(0.3) ? 1 + random.below(2) : 0);
  for (let index = 0; index < count; index += 1) {
    const path = random.pick(pathsOf(mutated));
    mutated = replaceAt(mutated, path, (found) => spoil(found, random));
  }
  return mutated;
}

const REMOVED = Symbol('removed');

function spoil(found: unknown, random: RandomSource): unknown {
  if (random.chance(0.12)) return REMOVED;
  if (random.chance(0.12)) return random.pick(WRONG);
  if (typeof found === 'string') return spoilText(found, random);
  if (typeof found === 'number') return spoilNumber(found, random);
  if (typeof found === 'boolean') return random.pick([!found, String(found), Number(found), null]);
  if (Array.isArray(found)) return spoilList(found, random);
  if (typeof found === 'object' && found !== null) return spoilObject(found as Readonly<Record<string, unknown>>, random);
  return random.pick(WRONG);
}

function spoilText(text: string, random: RandomSource): unknown {
  const at = random.below(text.length + 1);
  const letter = random.pick(['a', '.', '-', 'é', '😀', '0', ' ', '\n']);
  return random.pick<() => unknown>([
    () => random.pick(NUMBERS),
    () => random.pick(AMOUNTS),
    () => random.pick(TEXTS),
    () => text.slice(0, at) + letter + text.slice(at),
    () => text.slice(0, at) + text.slice(at + 1),
    () => text.repeat(2),
    () => text.padEnd(random.pick([28, 29, 32, 33, 63, 64, 128, 129, 253, 254, 256, 257, 512, 513]), random.pick(['a', '0', 'é'])),
    () => Array.from({ length: random.pick([8, 9, 32, 256, 257, 512, 513]) }, () => '😀').join(''),
    () => text.toUpperCase(),
    () => text.toLowerCase(),
    () => `${text}\n`,
    () => Number(text),
  ])();
}

function spoilNumber(value: number, random: RandomSource): unknown {
  const near = [value + 1, value - 1, value + 0.5, -value, value * 10, Math.floor(value / 10), 0, 1, -1, 10_001, 10_000, 1_001, 1_000];
  return random.chance(0.75)
    ? random.pick(near)
    : random.pick<unknown>([String(value), null, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e21, 1e300, 0.1 + 0.2, [value], true]);
}

function spoilList(list: readonly unknown[], random: RandomSource): unknown {
  const item = list.length > 0 ? random.pick(list) : randomJson(random, 1);
  return random.pick<() => unknown>([
    () => [...list, item],
    () => [...list, item, item],
    () => list.slice(1),
    () => [],
    () => list.toReversed(),
    () => [...list, null],
    () => [...list, random.pick(WRONG)],
    () => [list],
    () => Object.fromEntries(list.entries()),
    () => item,
    () => Array.from({ length: random.pick([33, 64, 65, 192, 193, 256, 257]) }, (_, index) => numbered(item, index)),
  ])();
}

/** A copy that differs from its siblings, so that only the length can be the reason of a refusal. */
function numbered(item: unknown, index: number): unknown {
  if (typeof item === 'string') return `${item.slice(0, 8)}${index}`;
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [key, ['symbol', 'name'].includes(key) ? `n${index}` : value]));
}

function spoilObject(object: Readonly<Record<string, unknown>>, random: RandomSource): unknown {
  const keys = Object.keys(object);
  const key = keys.length > 0 ? random.pick(keys) : 'none';
  return random.pick<() => unknown>([
    () => ({ ...object, [random.pick(NAMES)]: random.pick(WRONG) }),
    () => ({ ...object, [random.pick(NAMES)]: object[key] }),
    () => without(object, key),
    () => ({ ...without(object, key), [key.toUpperCase()]: object[key] }),
    () => ({ ...object, [key]: random.pick(WRONG) }),
    () => ({ ...object, [key]: object[random.pick(keys.length > 0 ? keys : ['none'])] ?? null }),
    () => [object],
    () => ({}),
  ])();
}

function without(object: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

/** Every place within a value, the whole one first. */
function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (Array.isArray(value)) return [path, ...value.slice(0, 8).flatMap((item, index) => pathsOf(item, [...path, index]))];
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]))];
}

function replaceAt(value: unknown, path: Path, change: (found: unknown) => unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) {
    const changed = change(value);
    return changed === REMOVED ? undefined : changed;
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => {
      if (index !== first) return [item as unknown];
      const changed = rest.length === 0 ? change(item) : replaceAt(item, rest, change);
      return changed === REMOVED ? [] : [changed];
    });
  }
  const object = value as Readonly<Record<string, unknown>>;
  const changed = rest.length === 0 ? change(object[first]) : replaceAt(object[first], rest, change);
  return changed === REMOVED ? without(object, String(first)) : { ...object, [first]: changed };
}
