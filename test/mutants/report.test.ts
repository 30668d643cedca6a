import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlacedMutant } from './accepted-entry.ts';
import { makeMutants } from './make-mutants.ts';
import { moduleReport, summary, type Verdict } from './report.ts';

const [mutant] = makeMutants('x.ts', 'y = c + d;').map((one): PlacedMutant => ({ ...one, path: 'x.ts' }));
const entry = { path: 'x.ts', code: 'y = c + d;', change: '+ → -', reason: 'd is 0' };
const judged = (...verdicts: readonly Verdict[]) => verdicts.map((verdict) => ({ mutant: mutant!, verdict }));
const linesOf = (verdicts: readonly Verdict[], withReasons = false, wrong: Parameters<typeof summary>[2] = []) =>
  summary(judged(...verdicts), [entry], wrong, { withReasons }).split('\n');

test('moduleReport: counts killed and accepted mutants in the score', () => {
  const { line, scorePercent } = moduleReport('m', judged('unit', 'integration', 'named', 'accepted', 'survived'));
  assert.equal(scorePercent, 80);
  assert.match(line, /^m +5 +1 +2 +1 +1 +80 %$/);
  assert.equal(moduleReport('m', []).scorePercent, 100);
});

test('summary: names each survivor with its line', () => {
  assert.deepEqual(linesOf(['survived', 'unit']), [
    'survived: 1',
    '  x.ts:1: + → -    in: y = c + d;',
    'accepted as equivalent: 0 (REASONS=1 prints why)',
  ]);
});

test('summary: prints the reason of each accepted mutant, when asked', () => {
  assert.deepEqual(
    linesOf(['accepted'], true),
    ['accepted as equivalent: 1', '  x.ts:1: + → -    in: y = c + d;\n    d is 0'].join('\n').split('\n'),
  );
});

test('summary: says which mutants were left to the integration test that accepted.ts names', () => {
  assert.match(linesOf(['named']).join('\n'), /^accepted .*\nnot run: .*: 1\n {2}x\.ts:1: \+ → - /);
});

test('summary: names an accepted mutant that a test kills, and an entry that stands for no mutant', () => {
  const lines = linesOf(['refuted'], false, [{ entry, count: 0 }]);
  assert.match(
    lines.join('\n'),
    /killed by a unit test: 1\n {2}x\.ts:1.*\nentries .* one mutant: 1\n {2}x\.ts: \+ → - .* expected 1, found 0$/,
  );
});
