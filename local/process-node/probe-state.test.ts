import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterProbe, countsAsTry, EAGER_PERIOD_MS, nextProbeDelayMs, PROBE_START, type ProbeState, probeTiming } from './probe-state.ts';

const TIMING = probeTiming({ periodSeconds: 5, successThreshold: 2, failureThreshold: 3 });

function after(outcomes: string, timing = TIMING): ProbeState['verdict'][] {
  let state = PROBE_START;
  return outcomes.split('').map((outcome) => {
    state = afterProbe(state, outcome === '+' ? 'success' : 'failure', timing);
    return state.verdict;
  });
}

const CASES = [
  { outcomes: '++', verdicts: ['unknown', 'success'], reason: 'two in a row reach the success threshold' },
  { outcomes: '---', verdicts: ['unknown', 'unknown', 'failure'], reason: 'three in a row reach the failure threshold' },
  { outcomes: '++--+', verdicts: ['unknown', 'success', 'success', 'success', 'success'], reason: 'a success interrupts failures' },
  { outcomes: '++---', verdicts: ['unknown', 'success', 'success', 'success', 'failure'], reason: 'a success does not hold for ever' },
  {
    outcomes: '---+-++',
    verdicts: ['unknown', 'unknown', 'failure', 'failure', 'failure', 'failure', 'success'],
    reason: 'recovery needs successes in a row',
  },
] as const;

for (const { outcomes, verdicts, reason } of CASES) {
  test(`afterProbe: ${verdicts.at(-1)} after ${outcomes}, because ${reason}`, () => {
    assert.deepEqual(after(outcomes), verdicts);
  });
}

test("probeTiming: has Kubernetes' defaults, when a probe names none", () => {
  assert.deepEqual(probeTiming({}), { initialDelayMs: 0, periodMs: 10_000, timeoutMs: 1_000, successThreshold: 1, failureThreshold: 3 });
});

test('nextProbeDelayMs: is eager until the first success, then keeps the period', () => {
  assert.equal(nextProbeDelayMs(PROBE_START, TIMING), EAGER_PERIOD_MS);
  assert.equal(nextProbeDelayMs({ verdict: 'success', last: 'success', inARow: 2 }, TIMING), 5_000);
});

test('countsAsTry: a failure counts once per period, a success always, so that eager tries restart nothing early', () => {
  assert.equal(countsAsTry('failure', 4_999, TIMING), false);
  assert.equal(countsAsTry('failure', 5_000, TIMING), true);
  assert.equal(countsAsTry('success', 0, TIMING), true);
});
