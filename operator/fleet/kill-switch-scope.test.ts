import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeObject } from '../testing/objects.ts';
import { concernsNamespace, describeScope, isInScope, killSwitchSpecOf, specProblemsOf } from './kill-switch-scope.ts';

const one = { type: 'Portfolios', portfolios: [{ namespace: 'trading', name: 'main' }] };
const killSwitch = (spec: unknown) => makeObject('KillSwitch', 'stop', spec);

const covers = (spec: unknown, key: string): boolean => {
  const [namespace = '', name = ''] = key.split('/');
  return isInScope(killSwitchSpecOf(killSwitch(spec)), namespace, name);
};

for (const [reason, spec, inScope, mode, problems] of [
  ['a spec of this version', { scope: one, mode: 'ReduceOnly', reason: 'r' }, ['trading/main'], 'ReduceOnly', 0],
  ['a field of a newer version', { scope: one, reason: 'r', colour: 'red' }, ['trading/main'], 'CancelAndHold', 0],
  ['a field of a newer version in the scope', { scope: { ...one, strategies: ['x'] }, reason: 'r' }, ['trading/main'], 'CancelAndHold', 0],
  ['a mode of a newer version', { scope: one, mode: 'Drain', reason: 'r' }, ['trading/main'], 'CancelAndHold', 1],
  [
    'a scope of a newer version',
    { scope: { type: 'Labels' }, mode: 'ReduceOnly', reason: 'r' },
    ['trading/main', 'trading/other'],
    'ReduceOnly',
    1,
  ],
  ['no reason', { scope: one }, ['trading/main'], 'CancelAndHold', 1],
  ['no spec', undefined, ['trading/main', 'trading/other', 'elsewhere/main'], 'CancelAndHold', 1],
] as const) {
  test(`killSwitchSpecOf: tightens only what it cannot read, for ${reason}`, () => {
    for (const key of inScope) assert.ok(covers(spec, key), key);
    if (inScope.length === 1) assert.ok(!covers(spec, 'trading/other') && !covers(spec, 'elsewhere/main'));
    assert.equal(killSwitchSpecOf(killSwitch(spec)).mode, mode);
    assert.equal(specProblemsOf(killSwitch(spec)).length, problems);
  });
}

for (const [scope, namespace, inScope, concerns] of [
  [{ type: 'All' }, 'trading', true, true],
  [{ type: 'Namespaces', namespaces: ['trading'] }, 'trading', true, true],
  [{ type: 'Namespaces', namespaces: ['other'] }, 'trading', false, false],
  [one, 'trading', true, true],
  [{ type: 'Portfolios', portfolios: [{ namespace: 'trading', name: 'mian' }] }, 'trading', false, true],
  [{ type: 'Portfolios', portfolios: [{ namespace: 'other', name: 'main' }] }, 'trading', false, false],
] as const) {
  test(`isInScope, concernsNamespace: ${JSON.stringify(scope)} over ${namespace}/main`, () => {
    const spec = killSwitchSpecOf(killSwitch({ scope, reason: 'r' }));
    assert.equal(isInScope(spec, namespace, 'main'), inScope);
    assert.equal(concernsNamespace(spec, namespace), concerns);
  });
}

test('describeScope: names what is halted, in at most 128 characters', () => {
  assert.equal(describeScope(killSwitchSpecOf(killSwitch({ scope: one, reason: 'r' }))), 'portfolios trading/main');
  const portfolios = Array.from({ length: 64 }, (_, index) => ({ namespace: 'trading', name: `p${index}` }));
  assert.equal(describeScope(killSwitchSpecOf(killSwitch({ scope: { type: 'Portfolios', portfolios }, reason: 'r' }))).length, 128);
});
