import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNSEEN_STATUS } from '@flotilla/contracts/resources/fields.ts';
import { assertListed } from './assert-listed.ts';

const hasFound = (condition: string) => (error: unknown) => error instanceof assert.AssertionError && String(error.actual) === condition;
const ready = { type: 'Ready', status: 'False', reason: 'AgentStarting' } as const;

test('assertListed: takes what the table lists, and the status of an object that no operator has seen', () => {
  assertListed('Strategy', [ready]);
  assertListed('KillSwitch', [...UNSEEN_STATUS.conditions] as never);
});

test('assertListed: refuses a reason of another kind, a reason with another status, and another kind', () => {
  assert.throws(() => assertListed('Portfolio', [ready]), hasFound('Ready=False AgentStarting'));
  assert.throws(() => assertListed('Strategy', [{ ...ready, status: 'True' }]), hasFound('Ready=True AgentStarting'));
  assert.throws(() => assertListed('Pod', []), /found Pod/);
});
