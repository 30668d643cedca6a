import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeQueries, maxBy, sumBy } from './promql.ts';

const q = makeQueries({ common: 'namespace=~"$namespace"', window: '5m' });

test('gauge: selects by job, matchers with their operator, and what is common', () => {
  assert.equal(
    q.gauge('flotilla_portfolio_trading', { state: '!=ACTIVE', reason: '=~A|B', portfolio: 'main' }),
    'flotilla_portfolio_trading{job="flotilla-operator",state!="ACTIVE",reason=~"A|B",portfolio="main",namespace=~"$namespace"}',
  );
});

test('rate: selects all services of a metric that several serve', () => {
  assert.equal(
    sumBy(['job'], q.rate('unknown_fields_total')),
    'sum by (job) (rate(unknown_fields_total{job=~"flotilla-operator|flotilla-callout|flotilla-gateway|flotilla-agent|flotilla-exec|flotilla-audit",namespace=~"$namespace"}[5m]))',
  );
});

test('quantile: keeps the bucket label beside those asked for', () => {
  assert.equal(
    makeQueries({ common: '', window: '1m' }).quantile(0.99, 'audit_delay_seconds', ['stream']),
    'histogram_quantile(0.99, sum by (le, stream) (rate(audit_delay_seconds_bucket{job="flotilla-audit"}[1m])))',
  );
});

test('maxBy: aggregates over everything, when no label is asked for', () => {
  assert.equal(maxBy([], 'x'), 'max(x)');
});
