import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyMutant, makeMutants } from './make-mutants.ts';

const mutantsOf = (text: string): readonly string[] => makeMutants('x.ts', text).map((mutant) => applyMutant(text, mutant));

for (const { change, text, mutants } of [
  { change: 'a bound by one step and turned round', text: 'a < b;', mutants: ['a <= b;', 'a >= b;'] },
  { change: 'an equality', text: 'a === b;', mutants: ['a !== b;'] },
  { change: 'a connective', text: 'a && b;', mutants: ['a || b;'] },
  { change: 'an operator after a longer left side', text: "f('<') <= b;", mutants: ["f('<') < b;", "f('<') > b;"] },
  { change: 'a negation', text: 'x = !a;', mutants: ['x = a;'] },
  { change: 'numbers', text: 'x = 5 + 2n;', mutants: ['x = 6 + 2n;', 'x = 5 - 2n;', 'x = 5 + 3n;'] },
  {
    change: 'one enumeration word into another',
    text: "x = ['ENGAGED', 'RELEASED', 'a b'];",
    mutants: ["x = ['RELEASED', 'RELEASED', 'a b'];", "x = ['ENGAGED', 'ENGAGED', 'a b'];"],
  },
  { change: 'a word that has no other beside it', text: "x = 'ENGAGED';", mutants: ["x = 'ENGAGED_OTHER';"] },
  { change: 'a condition', text: 'if (a) b = c;', mutants: ['if (false) b = c;', 'if (true) b = c;'] },
  { change: 'a call into nothing', text: 'guard(a);', mutants: [';'] },
  { change: 'a function into its neighbour', text: 'x = Math.min(a);', mutants: ['x = Math.max(a);'] },
] as const) {
  test(`makeMutants: changes ${change}`, () => {
    assert.deepEqual(mutantsOf(text), mutants);
  });
}

test('makeMutants: leaves types and imports alone', () => {
  assert.deepEqual(
    mutantsOf("import { A } from './A';\ntype B = 'ENGAGED' | 'RELEASED';\nexport const c: 1 | true = x as true;\n").length,
    0,
  );
});

test('makeMutants: leaves log lines, messages and the values of named bounds alone', () => {
  assert.deepEqual(mutantsOf("const PAGES_MAX = 500;\nlogger.info('x');\nx = `${1 + 2} s`;"), []);
});

test('makeMutants: names the place without its line number', () => {
  const [first] = makeMutants('x.ts', '\n  if (a) b = c;\n');
  assert.deepEqual([first?.line, first?.code, first?.change], [2, 'if (a) b = c;', 'a → false']);
});
