import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextState, REFLECTOR_START, type ReflectorState, type StepOutcome, waitsBefore } from './watch-plan.ts';

const watching = (failures: number): ReflectorState => ({ step: { type: 'watch', resourceVersion: '10' }, failures });

interface Case {
  readonly what: string;
  readonly from: ReflectorState;
  readonly outcome: StepOutcome;
  readonly want: ReflectorState;
  readonly waits: boolean;
}

const cases: readonly Case[] = [
  {
    what: 'watches from the list at once',
    from: REFLECTOR_START,
    outcome: { type: 'listed', resourceVersion: '10' },
    want: watching(0),
    waits: false,
  },
  {
    what: 'keeps its failures over a list, so that a server that refuses watches is not listed in a tight loop',
    from: { step: { type: 'list' }, failures: 3 },
    outcome: { type: 'listed', resourceVersion: '10' },
    want: watching(3),
    waits: false,
  },
  {
    what: 'lists again after a failed list, with growing delays',
    from: { step: { type: 'list' }, failures: 1 },
    outcome: { type: 'failed' },
    want: { step: { type: 'list' }, failures: 2 },
    waits: true,
  },
  {
    what: 'resumes at once from the last version, when a watch ended in the ordinary way',
    from: watching(2),
    outcome: { type: 'ended', resourceVersion: '12', progressed: true },
    want: { step: { type: 'watch', resourceVersion: '12' }, failures: 0 },
    waits: false,
  },
  {
    what: 'waits before it resumes, when a watch ended without an event',
    from: watching(0),
    outcome: { type: 'ended', resourceVersion: '10', progressed: false },
    want: watching(1),
    waits: true,
  },
  {
    what: 'resumes after the shortest wait, when the connection of a working watch broke',
    from: watching(5),
    outcome: { type: 'broken', resourceVersion: '12', progressed: true },
    want: { step: { type: 'watch', resourceVersion: '12' }, failures: 1 },
    waits: true,
  },
  {
    what: 'resumes after a refused watch, with growing delays',
    from: watching(5),
    outcome: { type: 'broken', resourceVersion: '10', progressed: false },
    want: watching(6),
    waits: true,
  },
  {
    what: 'lists at once, when the version of a working watch expired',
    from: watching(0),
    outcome: { type: 'expired', progressed: true },
    want: { step: { type: 'list' }, failures: 0 },
    waits: false,
  },
  {
    what: 'waits before it lists, when even the version of its list expired',
    from: watching(0),
    outcome: { type: 'expired', progressed: false },
    want: { step: { type: 'list' }, failures: 1 },
    waits: true,
  },
];

for (const { what, from, outcome, want, waits } of cases) {
  test(`nextState: ${what}`, () => {
    const state = nextState(from, outcome);
    assert.deepEqual(state, want);
    assert.equal(waitsBefore(outcome, state), waits);
  });
}
