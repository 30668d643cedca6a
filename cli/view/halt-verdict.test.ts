import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KillSwitch, KillSwitchStatus } from '@flotilla/contracts/resources/kill-switch.ts';
import { judgeHalt } from './halt-verdict.ts';

const withStatus = (status: object) => ({ status: status as KillSwitchStatus }) as KillSwitch;
const portfolio = (phase: string, name = 'main') => ({ namespace: 'trading', name, phase });
const ready = (status: string, reason: string, message = '') => ({ conditions: [{ type: 'Ready', status, reason, message }] });

const CASES: readonly { readonly why: string; readonly killSwitch: KillSwitch; readonly want: object }[] = [
  {
    why: 'every step of every portfolio is done',
    killSwitch: withStatus({ state: 'Engaged', portfolioCount: 1, portfolios: [portfolio('Halted')], ...ready('True', 'Halted') }),
    want: { kind: 'CONFIRMED' },
  },
  {
    why: 'the list is cut and the operator has counted all',
    killSwitch: withStatus({ state: 'Engaged', portfolioCount: 400, portfolios: [portfolio('Halted')], ...ready('True', 'Halted') }),
    want: { kind: 'CONFIRMED' },
  },
  {
    why: 'the list is cut and a portfolio that it does not name is not halted',
    killSwitch: withStatus({
      state: 'Engaging',
      portfolioCount: 400,
      portfolios: [portfolio('Halted')],
      ...ready('False', 'Closing', '1 of 400 portfolios is not halted'),
    }),
    want: { kind: 'UNCONFIRMED', missing: ['1 of 400 portfolios is not halted'] },
  },
  {
    why: 'the list is cut and the count says that a portfolio is not halted',
    killSwitch: withStatus({ state: 'Engaged', portfolioCount: 400, haltedCount: 399, portfolios: [portfolio('Halted')] }),
    want: { kind: 'UNCONFIRMED', missing: ['1 of 400 portfolios are not halted'] },
  },
  {
    why: 'the operator is dead',
    killSwitch: {} as KillSwitch,
    want: { kind: 'UNCONFIRMED', missing: ['the operator has not reported on the KillSwitch: orders may still pass'] },
  },
  {
    why: 'exec does not report',
    killSwitch: withStatus({
      state: 'Engaging',
      portfolioCount: 2,
      portfolios: [portfolio('Unconfirmed'), portfolio('Halted', 'other')],
      ...ready('Unknown', 'HaltPartial', 'exec of 1 of 2 portfolios does not report'),
    }),
    want: {
      kind: 'UNCONFIRMED',
      missing: ['portfolio trading/main: exec does not report, so its order gate and its open orders are not known'],
    },
  },
  {
    why: 'the state is Engaged and the condition Ready is Unknown',
    killSwitch: withStatus({
      state: 'Engaged',
      portfolioCount: 1,
      portfolios: [portfolio('Halted')],
      ...ready('Unknown', 'ExecSilent', 'exec is silent'),
    }),
    want: { kind: 'UNCONFIRMED', missing: ['exec is silent'] },
  },
  {
    why: 'a newer operator reports a phase that this build does not know',
    killSwitch: withStatus({ state: 'Engaging', portfolioCount: 1, portfolios: [portfolio('Draining')] }),
    want: { kind: 'UNCONFIRMED', missing: ['portfolio trading/main: phase Draining'] },
  },
  {
    why: 'no portfolio is in scope',
    killSwitch: withStatus({ state: 'Engaged', portfolioCount: 0, portfolios: [] }),
    want: { kind: 'NOTHING_IN_SCOPE' },
  },
];

for (const { why, killSwitch, want } of CASES) {
  test(`judgeHalt: is ${Object.values(want)[0]}, when ${why}`, () => assert.deepEqual(judgeHalt(killSwitch), want));
}

test('judgeHalt: names at most sixteen portfolios and counts the rest', () => {
  const portfolios = Array.from({ length: 20 }, (_, index) => portfolio('Closing', `p${index}`));
  const verdict = judgeHalt(withStatus({ state: 'Engaging', portfolioCount: 20, portfolios }));
  assert.ok(verdict.kind === 'UNCONFIRMED');
  assert.deepEqual([verdict.missing.length, verdict.missing.at(-1)], [17, 'and 4 more portfolios']);
});
