import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNSEEN_STATUS } from '@flotilla/contracts/resources/fields.ts';
import { KINDS } from '../kinds.ts';
import { makeObject } from '../testing/objects.ts';
import { reconciling, statusBase } from './standard-conditions.ts';
import { statusIntents } from './status-intents.ts';

const NOW_MS = Date.parse('2026-02-02T00:00:00Z');
const fresh = { ...makeObject('Strategy', 's', {}), status: UNSEEN_STATUS };

test('statusBase: counts its times from the first word of an operator, and not from the default of a new object', () => {
  const { conditions } = statusBase(fresh, reconciling('AgentStarting', ''), NOW_MS);
  assert.deepEqual(
    conditions.map(({ type, lastTransitionTime }) => `${type} ${lastTransitionTime}`),
    ['Ready 2026-02-02T00:00:00Z', 'Reconciling 2026-02-02T00:00:00Z', 'Stalled 2026-02-02T00:00:00Z'],
  );
});

test('statusIntents: a new object that is on its way makes no event', () => {
  const intents = statusIntents(KINDS.strategy, fresh, statusBase(fresh, reconciling('AgentStarting', ''), NOW_MS));
  assert.deepEqual(
    intents.map(({ type }) => type),
    ['status'],
  );
});
