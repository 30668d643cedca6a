import assert from 'node:assert/strict';
import { test } from 'node:test';
import { busRights } from './bus-rights.ts';
import { isNetworkReportKey, networkReportKey } from './network-report-key.ts';
import type { Principal } from './principal.ts';
import { matchesSubject } from './subject-match.ts';

const PRINCIPALS: readonly Principal[] = [
  { role: 'SignalAgent', portfolio: 'main', strategy: 'btc' },
  { role: 'Exec', portfolio: 'main' },
  { role: 'Gateway' },
  { role: 'AuditWriter' },
];

test('networkReportKey: each principal with a pod may write its own key, and no other principal may', () => {
  for (const owner of PRINCIPALS) {
    const key = networkReportKey(owner) ?? assert.fail(owner.role);
    assert.ok(isNetworkReportKey(key));
    const others: readonly Principal[] = [...PRINCIPALS, { role: 'SignalAgent', portfolio: 'main', strategy: 'eth' }, { role: 'Reader' }];
    const writers = others.filter((one) => busRights(one, 'hash').publish.some((pattern) => matchesSubject(pattern, `$KV.STATUS.${key}`)));
    assert.deepEqual(writers, [owner], key);
  }
});

test('networkReportKey: people have no pod', () => {
  assert.equal(networkReportKey({ role: 'Reader' }), undefined);
  assert.equal(networkReportKey({ role: 'Person', person: 'bob', personRole: 'Reader' }), undefined);
});
