import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentRoleStatusSchema } from '@flotilla/contracts/resources/agent-role.ts';
import { makeObject, strategy, withSpec } from '../testing/objects.ts';
import { agentRoleStatus } from './status.ts';

const NOW_MS = Date.parse('2026-11-29T12:00:00Z');
const user = (name: string, instruments: readonly string[]) =>
  withSpec({ ...strategy, metadata: { ...strategy.metadata, name } }, { agentRoleRef: { name: 'careful' }, instruments });
const role = (spec: object) => makeObject('AgentRole', 'careful', spec);
const readyOf = (status: ReturnType<typeof agentRoleStatus>) => status.conditions?.find(({ type }) => type === 'Ready');

test('agentRoleStatus: a role that no Strategy names is Ready and says so', () => {
  const status = agentRoleStatus(role({}), [], NOW_MS);
  assert.deepEqual([readyOf(status)?.status, readyOf(status)?.reason, status.strategyCount], ['True', 'Unused', 0]);
  agentRoleStatusSchema.parse(status);
});

test('agentRoleStatus: names the Strategies that it refuses first', () => {
  const users = [user('a', ['BTC-USD']), user('b', ['ETH-USD']), user('c', ['BTC-USD'])];
  const status = agentRoleStatus(role({ signals: { instruments: ['BTC-USD'] } }), users, NOW_MS);
  assert.deepEqual(status.usedBy, [
    { name: 'b', allowed: 'No' },
    { name: 'a', allowed: 'Yes' },
    { name: 'c', allowed: 'Yes' },
  ]);
  assert.deepEqual([status.strategyCount, status.refusedCount, readyOf(status)?.reason], [3, 1, 'StrategiesRefused']);
  assert.match(readyOf(status)?.message ?? '', /1 of 3 Strategies .*: b$/);
});

test('agentRoleStatus: a list that is too long is cut, and the count is not', () => {
  const users = Array.from({ length: 100 }, (_, index) => user(`s${index}`, ['BTC-USD']));
  const status = agentRoleStatus(role({}), users, NOW_MS);
  assert.deepEqual([status.strategyCount, status.usedBy?.length], [100, 64]);
  agentRoleStatusSchema.parse(status);
});

for (const [spec, why] of [
  [{ publications: 'Elsewhere' }, 'a value that this build does not know'],
  [{ limits: { perSecond: 1 } }, 'a field that this build does not know, because it may take a right away'],
] as const) {
  test(`agentRoleStatus: Stalled for ${why}`, () => {
    const status = agentRoleStatus(role(spec), [user('a', ['BTC-USD'])], NOW_MS);
    assert.equal(status.conditions?.find(({ type }) => type === 'Stalled')?.reason, 'SpecInvalid');
    agentRoleStatusSchema.parse(status);
  });
}
