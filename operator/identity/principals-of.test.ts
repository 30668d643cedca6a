import assert from 'node:assert/strict';
import { test } from 'node:test';
import { principalName } from '@flotilla/contracts/access/principal.ts';
import { makeObject, portfolio, strategy, withSpec } from '../testing/objects.ts';
import { entryOf, FIXED_MEMBERS, membersOf } from './principals-of.ts';

const names = (
  ...[portfolios, strategies]: Parameters<typeof membersOf> extends [string, ...infer Rest] ? Rest : never
): readonly string[] =>
  membersOf('trading', portfolios, strategies)
    .slice(FIXED_MEMBERS.length)
    .map(({ principal, serviceAccount }) => `${principalName(principal)} by ${serviceAccount}`);

test('membersOf: gives each Portfolio and each Strategy an account, by the ServiceAccounts of their pods', () => {
  assert.deepEqual(names([portfolio], [strategy]), ['exec-main by main-exec', 'agent-main_btc-momentum by btc-momentum-agent']);
});

test('membersOf: knows the gateway, the normaliser and the audit writer without any object, each by a record of its own', () => {
  assert.deepEqual(
    membersOf('trading', [], []).map((member) => [principalName(member.principal), entryOf(member)]),
    [
      ['gateway', 'flotilla-gateway'],
      ['normaliser', 'flotilla-gateway.flotilla-bus-normaliser'],
      ['audit', 'flotilla-audit'],
    ],
  );
});

test('membersOf: leaves the gateway the rights of the normaliser, while a gateway of a version without the normaliser may run', () => {
  const gatewayOf = (isApart: boolean) => membersOf('trading', [], [], [], isApart).find(({ principal }) => principal.role === 'Gateway');
  assert.deepEqual(gatewayOf(true)?.principal, { role: 'Gateway' });
  assert.deepEqual(gatewayOf(false)?.principal, { role: 'Gateway', normalises: true });
});

test('membersOf: leaves out what may not connect', () => {
  const cases = [
    ['a Strategy whose portfolio is gone', [], [strategy]],
    ['objects of another namespace', [{ ...portfolio, metadata: { ...portfolio.metadata, namespace: 'other' } }], []],
    [
      'a Strategy whose portfolio is of another namespace',
      [{ ...portfolio, metadata: { ...portfolio.metadata, namespace: 'other' } }],
      [strategy],
    ],
    ['a Portfolio whose name is two tokens', [makeObject('Portfolio', 'main.fill', {})], []],
  ] as const;
  for (const [reason, portfolios, strategies] of cases) assert.deepEqual(names(portfolios, strategies), [], reason);
  assert.deepEqual(names([portfolio], [withSpec(strategy, { portfolioRef: 'main' })]), ['exec-main by main-exec']);
});

test('membersOf: keeps an object that is being deleted, because its pods need the bus while they end', () => {
  const ending = { ...strategy, metadata: { ...strategy.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  assert.equal(names([portfolio], [ending]).length, 2);
});

test('membersOf: takes decisions away from an agent whose AgentRole says so, is missing, or is of another namespace', () => {
  const limited = withSpec(strategy, { agentRoleRef: { name: 'careful' } });
  const role = makeObject('AgentRole', 'careful', { publications: 'Quarantine' });
  const foreign = { ...role, metadata: { ...role.metadata, namespace: 'other' } };
  const publications = (...roles: readonly (typeof role)[]) => {
    const { principal } = membersOf('trading', [portfolio], [limited], roles).at(-1) ?? assert.fail('no agent');
    return principal.role === 'SignalAgent' ? principal.publications : assert.fail(principal.role);
  };
  assert.equal(publications(role), 'Quarantine');
  assert.equal(publications(), 'Nothing');
  assert.equal(publications(foreign), 'Nothing');
});
