import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findPolicy, portfolio, riskPolicy, strategy, strictPolicy, withSpec } from '../testing/objects.ts';
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
