/** Texts that match a pattern of our schemas, with the lengths and notations at the edges. */
import fc from 'fast-check';
import type { RandomSource } from './random-source.ts';

const TEXTS_PER_PATTERN = 300;
const POOL_SEED = 1;
const pools = new Map<string, readonly string[]>();

/** Notations of amounts near the bounds of the patterns and of the digit rule, and of ranges of addresses. */
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
  '203.0.113.7/32',
  '203.0.113.0/24',
  '198.51.100.0/25',
  '192.0.2.128/30',
  '172.16.0.0/16',
  '10.0.0.0/16',
  '10.0.0.0/15',
  '0.0.0.0/0',
  '169.254.169.254/32',
  '100.100.100.0/24',
  '64:ff9b::/96',
  '::ffff:102:304/128',
  '2001:db8::/48',
  '2001:db8::1/128',
  '2001:db8:1:2:3:4:5:6/128',
  'fd00:ec2::/48',
  'fe80::1/128',
  '::/0',
];

const LIKELY_CHANCE = 0.97;
/** True for a text that the digit rule of amounts accepts. */
export const isLikelyAmount = (text: string): boolean => text === 'none' || /^0*[0-9]{1,15}$/.test(text.replace('.', ''));

/** One matching text, mostly one of the likely ones, because the rules over the text refuse many. */
export function randomTextMatching(
  {
    pattern,
    minLength,
    maxLength,
    likely,
  }: {
    readonly pattern: string;
    readonly minLength: number;
    readonly maxLength: number;
    readonly likely: (text: string) => boolean;
  },
  random: RandomSource,
): string {
  const pool = textsMatching(pattern, minLength, maxLength);
  const likelyPool = random.chance(LIKELY_CHANCE) ? pool.filter(likely) : [];
  return random.pick(likelyPool.length > 0 ? likelyPool : pool);
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
