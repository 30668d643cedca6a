import assert from 'node:assert/strict';
import { test } from 'node:test';
import { specOf } from './halt.ts';

const base = { reason: 'because', mode: 'CancelAndHold' } as const;
test('specOf: scopes a halt to portfolios of this and other namespaces, or to all', () => {
  assert.deepEqual(specOf({ ...base, portfolio: ['main', 'desk/other'] }, 'trading').scope, {
    type: 'Portfolios',
    portfolios: [
      { namespace: 'trading', name: 'main' },
      { namespace: 'desk', name: 'other' },
    ],
  });
  assert.deepEqual(specOf({ ...base, all: true }, 'trading').scope, { type: 'All' });
  assert.deepEqual(specOf({ ...base, in: ['research'] }, 'trading').scope, { type: 'Namespaces', namespaces: ['research'] });
});

test('specOf: refuses neither, both, and a name that no portfolio can have', () => {
  assert.throws(() => specOf(base, 'trading'), { exitCode: 2 });
  assert.throws(() => specOf({ ...base, all: true, portfolio: ['main'] }, 'trading'), { exitCode: 2 });
  assert.throws(() => specOf({ ...base, in: ['research'], portfolio: ['main'] }, 'trading'), { exitCode: 2 });
  assert.throws(() => specOf({ ...base, portfolio: ['Main!'] }, 'trading'), { exitCode: 2 });
  assert.throws(() => specOf({ ...base, in: ['Research!'] }, 'trading'), { exitCode: 2 });
});
