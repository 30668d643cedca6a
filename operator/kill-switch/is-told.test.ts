import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { KillSwitchStatus } from '@flotilla/contracts/resources/kill-switch.ts';
import { makeObject } from '../testing/objects.ts';
import { isTold } from './is-told.ts';

const condition = (type: string, message = '') => ({ type, status: 'True' as const, reason: 'Halted', message, lastTransitionTime: '' });
const entry = (namespace: string, haltedCount = 1) => ({ namespace, reason: 'Halted', message: '', haltedCount });
const steps = (namespace: string, name: string) => ({ namespace, name, phase: 'Halted' as const });

const WANTED = {
  state: 'Engaged',
  conditions: [condition('Ready'), condition('GatesClosed')],
  namespaces: [entry('trading')],
  portfolios: [steps('trading', 'a'), steps('trading', 'b')],
} as unknown as KillSwitchStatus;
const holding = (status: object | undefined): ResourceObject => ({
  ...makeObject('KillSwitch', 'stop', {}),
  ...(status === undefined ? {} : { status }),
});

for (const { reason, held, want } of [
  { reason: 'the object holds the very status', held: WANTED, want: true },
  {
    reason: 'lists have another order',
    held: {
      ...WANTED,
      conditions: WANTED.conditions?.toReversed(),
      portfolios: WANTED.portfolios?.toReversed(),
    },
    want: true,
  },
  {
    reason: 'operators of other namespaces have written their entries',
    held: {
      ...WANTED,
      namespaces: [entry('other'), entry('trading')],
      portfolios: [steps('other', 'z'), ...(WANTED.portfolios ?? [])],
    },
    want: true,
  },
  { reason: 'the object has no status', held: undefined, want: false },
  { reason: 'its own entry says another count', held: { ...WANTED, namespaces: [entry('trading', 0)] }, want: false },
  { reason: 'its own entry is missing', held: { ...WANTED, namespaces: [entry('other')] }, want: false },
  { reason: 'a portfolio is missing', held: { ...WANTED, portfolios: [steps('trading', 'a')] }, want: false },
  {
    reason: 'a condition has another message',
    held: { ...WANTED, conditions: [condition('Ready', 'x'), condition('GatesClosed')] },
    want: false,
  },
  { reason: 'the state is another', held: { ...WANTED, state: 'Engaging' }, want: false },
]) {
  test(`isTold: is ${String(want)}, when ${reason}`, () => {
    assert.equal(isTold(holding(held), WANTED, 'trading'), want);
  });
}

test('isTold: is true of an empty status, when nothing is to be said', () => {
  assert.equal(isTold(holding(undefined), {}, 'trading'), true);
});
