import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HaltMode, HaltRecord } from '@flotilla/contracts';
import type { HaltView } from '../gate/gate-state.ts';
import { haltFixture } from '../testing/fixtures.ts';
import { type HaltGenerations, judgeHaltFinding, NO_GENERATIONS } from './judge-halt-record.ts';

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
