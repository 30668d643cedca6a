import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DENIAL_CODES } from '@flotilla/contracts/errors/denials.ts';
import { NORMAL_TRADING, NOT_OF_AN_ORDER, UNDER_HOLD, UNDER_REDUCE_ONLY, WITHOUT_FRESH_PRICE } from './scenarios.ts';

const ALL = [...NORMAL_TRADING, ...UNDER_REDUCE_ONLY, ...UNDER_HOLD, ...WITHOUT_FRESH_PRICE];

test('scenarios: show every denial code or say why not, when a code is added', () => {
  const shown = new Set(ALL.flatMap(({ deniedBy }) => deniedBy));
  const explained = new Set(Object.keys(NOT_OF_AN_ORDER));
  assert.deepEqual(
    DENIAL_CODES.filter((code) => shown.has(code) === explained.has(code)),
    [],
    'expected each code in one of the two lists: `deniedBy` of a scenario, or NOT_OF_AN_ORDER',
  );
});

test('scenarios: say why an order passes, when no check refuses it', () => {
  assert.deepEqual(
    ALL.filter(({ deniedBy, because }) => (deniedBy.length === 0) !== (because !== undefined)),
    [],
  );
});
