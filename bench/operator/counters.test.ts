import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCounters, writesBetween } from './counters.ts';

const TEXT = `# HELP apiserver_request_total Requests
# TYPE apiserver_request_total counter
apiserver_request_total{code="200",resource="deployments",subresource="status",verb="PATCH"} 7
apiserver_request_total{code="201",resource="strategies",subresource="",verb="POST"} 1e+03
apiserver_request_total{code="409",resource="strategies",subresource="",verb="POST"} 2
apiserver_request_total{code="200",resource="strategies",subresource="",verb="LIST"} 5
process_cpu_seconds_total 12.5
`;

test('parseCounters: gives the named counters with their labels and values, when other lines stand between them', () => {
  const counters = parseCounters(TEXT, new Set(['apiserver_request_total', 'process_cpu_seconds_total']));
  assert.equal(counters.length, 5);
  assert.equal(counters[1]?.value, 1_000);
  assert.equal(counters[1]?.labels['verb'], 'POST');
  assert.deepEqual(counters[4], { name: 'process_cpu_seconds_total', labels: {}, value: 12.5 });
  assert.equal(parseCounters(TEXT, new Set(['process_cpu'])).length, 0);
});

test('writesBetween: counts the successful writes between two readings, by verb and resource', () => {
  const after = parseCounters(TEXT, new Set(['apiserver_request_total']));
  const before = after.map((counter) => (counter.value === 7 ? { ...counter, value: 5 } : { ...counter, value: 0 }));
  assert.deepEqual(
    [...writesBetween(before, after)],
    [
      ['PATCH deployments/status', 2],
      ['POST strategies', 1_000],
    ],
  );
  assert.equal(writesBetween(after, after).size, 0);
});
