import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findPolicy, makeObject, portfolio, riskPolicy, strategy, strictPolicy, withSpec } from '../testing/objects.ts';
import { resolvePortfolioOnce, resolveStrategyOnce } from './resolve-once.ts';
import { resolvePortfolio, resolveStrategy } from './resolve-strategy.ts';

test('resolvePortfolioOnce: gives the very same result, until a policy that it read or the spec is another one', () => {
  const first = resolvePortfolioOnce(portfolio, findPolicy);
  assert.deepEqual(first, resolvePortfolio(portfolio, findPolicy));
  assert.equal(resolvePortfolioOnce({ ...portfolio, metadata: { ...portfolio.metadata, resourceVersion: '2' } }, findPolicy), first);
  const tightened = withSpec(riskPolicy, { position: { maxNotional: '7' } });
  const second = resolvePortfolioOnce(portfolio, () => tightened);
  assert.deepEqual(
    second,
    resolvePortfolio(portfolio, () => tightened),
  );
  assert.notEqual(second, first);
  assert.deepEqual(
    resolvePortfolioOnce(portfolio, () => undefined),
    resolvePortfolio(portfolio, () => undefined),
  );
});

test('resolveStrategyOnce: looks again when the AgentRole of the Strategy has changed, has appeared or is gone', () => {
  const own = withSpec(strategy, { agentRoleRef: { name: 'careful' } });
  const book = resolvePortfolioOnce(portfolio, findPolicy);
  const roleWith = (spec: object) => {
    const role = makeObject('AgentRole', 'careful', spec);
    return () => role;
  };
  const resolve = (findRole: ReturnType<typeof roleWith> | (() => undefined)) => resolveStrategyOnce(own, book, findPolicy, findRole);
  const [open, closed] = [roleWith({}), roleWith({ signals: { instruments: ['ETH-USD'] } })];
  assert.equal(resolve(() => undefined).ok, false);
  assert.equal(resolve(open).ok, true);
  assert.equal(resolve(open), resolve(open));
  assert.equal(resolve(closed).ok, false);
  assert.equal(resolve(() => undefined).ok, false);
});

test('resolveStrategyOnce: gives what resolveStrategy gives, whatever changes', () => {
  const own = withSpec(strategy, { riskPolicyRef: { name: 'strict' } });
  const book = resolvePortfolioOnce(portfolio, findPolicy);
  const first = resolveStrategyOnce(own, book, findPolicy);
  assert.deepEqual(first, resolveStrategy(own, book, findPolicy));
  assert.equal(resolveStrategyOnce({ ...own }, book, findPolicy), first);
  const looser = withSpec(strictPolicy, { position: { maxNotional: '8' } });
  const changes: readonly Parameters<typeof resolveStrategyOnce>[] = [
    [own, book, (name) => (name === 'strict' ? looser : findPolicy(name))],
    [own, undefined, findPolicy],
    [own, resolvePortfolio(portfolio, findPolicy), findPolicy],
    [{ ...own, metadata: { ...own.metadata, name: 'other' } }, book, findPolicy],
    [{ ...own, spec: undefined }, book, findPolicy],
  ];
  for (const change of changes) {
    const found = resolveStrategyOnce(...change);
    assert.deepEqual(found, resolveStrategy(...change));
    assert.notEqual(found, first);
  }
});
