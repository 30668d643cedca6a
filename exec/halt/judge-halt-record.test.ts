import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, type HaltMode, type HaltRecord } from '@flotilla/contracts';
import type { HaltView } from '../gate/gate-state.ts';
import { haltFixture } from '../testing/fixtures.ts';
import { type HaltGenerations, NO_GENERATIONS } from '../state/halt-generations.ts';
import { judgeHaltFinding } from './judge-halt-record.ts';

const UNKNOWN: HaltView = { state: 'UNKNOWN', problem: 'not read yet' };
const RELEASED_7: HaltView = { state: 'RELEASED', generation: 7 };
const engagedView = (generation: number, mode: HaltMode): HaltView => ({ state: 'ENGAGED', generation, mode });
const known = (highest: number, highestEngaged?: number): HaltGenerations => ({ highest, highestEngaged });

interface Case {
  readonly when: string;
  readonly view: HaltView;
  readonly known: HaltGenerations;
  readonly record: HaltRecord | undefined;
  readonly want: string;
  readonly engages?: boolean;
  readonly problem?: RegExp;
}

const CASES: readonly Case[] = [
  { when: 'the first record is released', view: UNKNOWN, known: NO_GENERATIONS, record: haltFixture(0, 'RELEASED'), want: 'RELEASED 0' },
  { when: 'the record is repeated', view: RELEASED_7, known: known(7, 6), record: haltFixture(7, 'RELEASED'), want: 'RELEASED 7' },
  {
    when: 'a newer release comes',
    view: engagedView(6, 'Flatten'),
    known: known(6, 6),
    record: haltFixture(7, 'RELEASED'),
    want: 'RELEASED 7',
  },
  {
    when: 'a release has the generation of the halt',
    view: engagedView(6, 'Flatten'),
    known: known(6, 6),
    record: haltFixture(6, 'RELEASED'),
    want: 'ENGAGED 6 Flatten',
    problem: /above 6, which engaged a halt, found 6 RELEASED/,
  },
  {
    when: 'a release has the generation of the halt, after a restart',
    view: UNKNOWN,
    known: known(6, 6),
    record: haltFixture(6, 'RELEASED'),
    want: 'UNKNOWN',
    problem: /found 6 RELEASED/,
  },
  {
    when: 'a release has a lower generation than was ever read',
    view: RELEASED_7,
    known: known(7, 5),
    record: haltFixture(6, 'RELEASED'),
    want: 'UNKNOWN',
    problem: /generation 7 or above.* found 6 RELEASED/,
  },
  {
    when: 'the bucket was made anew and a halt begins with generation 1',
    view: RELEASED_7,
    known: known(7, 6),
    record: haltFixture(1, 'ENGAGED'),
    want: 'ENGAGED 1 CancelAndHold',
    engages: true,
    problem: /found 1 ENGAGED/,
  },
  {
    when: 'a lower generation is as tight as the halt in force',
    view: engagedView(7, 'CancelAndHold'),
    known: known(7, 7),
    record: haltFixture(1, 'ENGAGED', 'ReduceOnly'),
    want: 'ENGAGED 7 CancelAndHold',
    problem: /found 1 ENGAGED/,
  },
  {
    when: 'a lower generation is tighter than the halt in force',
    view: engagedView(7, 'ReduceOnly'),
    known: known(7, 7),
    record: haltFixture(1, 'ENGAGED', 'CancelAndHold'),
    want: 'ENGAGED 1 CancelAndHold',
    engages: true,
    problem: /found 1 ENGAGED/,
  },
  {
    when: 'the halt in force is repeated',
    view: engagedView(7, 'ReduceOnly'),
    known: known(7, 7),
    record: haltFixture(7, 'ENGAGED', 'ReduceOnly'),
    want: 'ENGAGED 7 ReduceOnly',
  },
  {
    when: 'a newer halt is looser, which the operator decides',
    view: engagedView(7, 'Flatten'),
    known: known(7, 7),
    record: haltFixture(8, 'ENGAGED', 'ReduceOnly'),
    want: 'ENGAGED 8 ReduceOnly',
    engages: true,
  },
  {
    when: 'a released portfolio is halted',
    view: RELEASED_7,
    known: known(7),
    record: haltFixture(7, 'ENGAGED'),
    want: 'ENGAGED 7 CancelAndHold',
    engages: true,
  },
  {
    when: 'the halt in force becomes tighter under the same generation',
    view: engagedView(7, 'CancelAndHold'),
    known: known(7, 7),
    record: haltFixture(7, 'ENGAGED', 'Flatten'),
    want: 'ENGAGED 7 Flatten',
    engages: true,
  },
  {
    when: 'the halt in force becomes looser under the same generation',
    view: engagedView(7, 'Flatten'),
    known: known(7, 7),
    record: haltFixture(7, 'ENGAGED', 'CancelAndHold'),
    want: 'ENGAGED 7 Flatten',
  },
  {
    when: 'a halt of a lower generation is in force, and the newest record engages as tightly',
    view: engagedView(5, 'CancelAndHold'),
    known: known(7, 5),
    record: haltFixture(7, 'ENGAGED'),
    want: 'ENGAGED 7 CancelAndHold',
    engages: true,
  },
  {
    when: 'the record names no mode',
    view: engagedView(7, 'ReduceOnly'),
    known: known(7, 7),
    record: { ...haltFixture(7, 'ENGAGED'), mode: undefined },
    want: 'ENGAGED 7 CancelAndHold',
    engages: true,
  },
  {
    when: 'the very first record engages with generation 0',
    view: UNKNOWN,
    known: NO_GENERATIONS,
    record: haltFixture(0, 'ENGAGED'),
    want: 'ENGAGED 0 CancelAndHold',
    engages: true,
  },
  {
    when: 'a release has generation 0, which engaged a halt',
    view: UNKNOWN,
    known: known(0, 0),
    record: haltFixture(0, 'RELEASED'),
    want: 'UNKNOWN',
    problem: /generation 0 or above, and above 0, which engaged a halt, found 0 RELEASED/,
  },
  {
    when: 'a release goes back and no halt was ever engaged',
    view: RELEASED_7,
    known: known(7),
    record: haltFixture(6, 'RELEASED'),
    want: 'UNKNOWN',
    problem: /generation 7 or above, found 6 RELEASED/,
  },
  { when: 'the record is gone', view: RELEASED_7, known: known(7), record: undefined, want: 'UNKNOWN', problem: /found none/ },
  {
    when: 'the record is gone during a halt',
    view: engagedView(7, 'Flatten'),
    known: known(7, 7),
    record: undefined,
    want: 'ENGAGED 7 Flatten',
    problem: /found none/,
  },
];

for (const { when, view, known: generations, record, want, engages = false, problem } of CASES) {
  test(`judgeHaltFinding: gives ${want}, when ${when}`, () => {
    const verdict = judgeHaltFinding(view, generations, { record, problem: undefined });
    const found = verdict.view;
    const mode = found.state === 'ENGAGED' ? [found.mode] : [];
    assert.equal(found.state === 'UNKNOWN' ? 'UNKNOWN' : [found.state, found.generation, ...mode].join(' '), want);
    assert.equal(verdict.engages !== undefined, engages);
    if (problem === undefined) assert.equal(verdict.problem, undefined);
    else assert.match(verdict.problem ?? '', problem);
  });
}

test('judgeHaltFinding: never lowers what it knows, when records of any generation come', () => {
  let generations = NO_GENERATIONS;
  for (const record of [haltFixture(3, 'ENGAGED'), haltFixture(5, 'RELEASED'), haltFixture(1, 'ENGAGED'), haltFixture(2, 'RELEASED')]) {
    ({ generations } = judgeHaltFinding(UNKNOWN, generations, { record, problem: undefined }));
  }
  assert.deepEqual(generations, { highest: 5, highestEngaged: 3 });
});

test('judgeHaltFinding: knows generation 0 after the first halt, so that a release needs generation 1', () => {
  const { generations } = judgeHaltFinding(UNKNOWN, NO_GENERATIONS, { record: haltFixture(0, 'ENGAGED'), problem: undefined });
  assert.deepEqual(generations, { highest: 0, highestEngaged: 0 });
  const { view } = judgeHaltFinding(engagedView(0, 'Flatten'), generations, { record: haltFixture(1, 'RELEASED'), problem: undefined });
  assert.deepEqual(view, { state: 'RELEASED', generation: 1 });
});

test('judgeHaltFinding: engages and tells the problem, when a record that engages is not readable as a whole', () => {
  const verdict = judgeHaltFinding(RELEASED_7, known(7), { record: haltFixture(8, 'ENGAGED'), problem: 'mode' });
  assert.deepEqual([verdict.view, verdict.problem], [engagedView(8, 'CancelAndHold'), 'mode']);
  assert.equal(verdict.engages?.generation, 8);
});

test('judgeHaltFinding: tells why a record cannot be used, and stays as it was in a halt', () => {
  const verdict = judgeHaltFinding(engagedView(7, 'Flatten'), known(7, 7), { record: undefined, problem: 'not JSON' });
  assert.deepEqual([verdict.view, verdict.problem, verdict.generations], [engagedView(7, 'Flatten'), 'not JSON', known(7, 7)]);
});

for (const { reason, record, problem } of [
  { reason: 'a record releases and is not readable as a whole', record: haltFixture(8, 'RELEASED'), problem: 'mode' },
  { reason: 'the generation is negative', record: haltFixture(-1, 'ENGAGED'), problem: undefined },
  { reason: 'the generation is a fraction', record: haltFixture(1.5, 'ENGAGED'), problem: undefined },
]) {
  test(`judgeHaltFinding: ends by an assertion, when ${reason}`, () => {
    assert.throws(() => judgeHaltFinding(RELEASED_7, known(7), { record, problem }), AssertionError);
  });
}
