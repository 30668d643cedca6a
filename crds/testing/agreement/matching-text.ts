/** Texts that match a pattern of our schemas, with the lengths and notations at the edges. */
import fc from 'fast-check';
import type { RandomSource } from './random-source.ts';

const TEXTS_PER_PATTERN = 300;
const POOL_SEED = 1;
const pools = new Map<string, readonly string[]>();

/** Notations of amounts near the bounds of the patterns and of the digit rule. */
const NOTATIONS = [
  '0',
  '1',
  '0.1',
  '0.5',
  '1.0',
  '1.50',
  '10',
  '100000',
  '999999999999999',
  '1000000000000000',
  '123456789012345',
  '12345678.1234567',
  '12345678.12345678',
  '0.000000000000001',
  '0.0000000000000000000000000001',
  '0.00000000000000123456789012345',
  '0.000000000000001234567890123456',
  '1.00000000000000',
  '1.000000000000000',
  'none',
  'secret',
  'BTC-USD',
  'a',
  'a-b',
  'a'.repeat(63),
  'A'.repeat(63),
  'USD',
  'ABCDEFGH',
  '2026-11-21T12:00:00Z',
  '::1',
];

const FEW_DIGITS_CHANCE = 0.97;
/** True for a text that the digit rule of amounts accepts. */
const fewDigits = (text: string): boolean => /^0*[0-9]{1,15}$/.test(text.replace('.', ''));

/** One matching text. An amount mostly has few digits, because the digit rule refuses many. */
export function randomTextMatching(
  {
    pattern,
    minLength,
    maxLength,
    isAmount,
  }: { readonly pattern: string; readonly minLength: number; readonly maxLength: number; readonly isAmount: boolean },
  random: RandomSource,
): string {
  const pool = textsMatching(pattern, minLength, maxLength);
  return random.pick(isAmount && random.chance(FEW_DIGITS_CHANCE) ? pool.filter((text) => text === 'none' || fewDigits(text)) : pool);
}

/** All matching texts, with those at the bounds. */
function textsMatching(pattern: string, minLength: number, maxLength: number): readonly string[] {
  const key = `${pattern} ${minLength} ${maxLength}`;
  const held = pools.get(key);
  if (held !== undefined) return held;
  const expression = new RegExp(pattern);
  const sampled = fc.sample(fc.stringMatching(expression, { size: 'medium' }), { numRuns: TEXTS_PER_PATTERN, seed: POOL_SEED });
  const fits = (text: string): boolean => expression.test(text) && text.length >= minLength && text.length <= maxLength;
  const pool = [...new Set([...NOTATIONS, ...sampled])].filter(fits);
  if (pool.length === 0) throw new Error(`expected a text that matches ${pattern} between ${minLength} and ${maxLength}`);
  pools.set(key, pool);
  return pool;
}
