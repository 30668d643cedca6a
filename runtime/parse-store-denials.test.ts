/** The answers of Redis 7.0 and 7.2 to `ACL LOG`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStoreDenials } from './parse-store-denials.ts';

const CLIENT = 'id=7 addr=10.0.0.7:4711 laddr=10.0.0.1:6379 fd=8 name=addr=1.2.3.4:5 age=0 user=gateway.trading.1';
const FIELDS = {
  count: 2,
  reason: 'command',
  context: 'toplevel',
  object: 'acl|list',
  username: 'gateway.trading.1',
  'age-seconds': '4.096',
  'client-info': CLIENT,
};
const OF_7_0 = Object.entries(FIELDS).flat();
const WANT = {
  entryId: undefined,
  reason: 'command',
  context: 'toplevel',
  object: 'acl|list',
  user: 'gateway.trading.1',
  from: '10.0.0.7',
  count: 2,
  ageMs: 4_096,
};

for (const { reason, answer, want } of [
  { reason: 'Redis 7.0 gives no number of the entry', answer: [OF_7_0], want: [WANT] },
  { reason: 'Redis 7.2 gives one', answer: [[...OF_7_0, 'entry-id', 0, 'timestamp-created', 1]], want: [{ ...WANT, entryId: 0 }] },
  {
    reason: 'the newer protocol has maps, with numbers',
    answer: [new Map<string, unknown>([...Object.entries(FIELDS), ['age-seconds', 4.096], ['entry-id', 3]])],
    want: [{ ...WANT, entryId: 3 }],
  },
  {
    reason: 'an address of version 6 is in brackets',
    answer: [[...OF_7_0.slice(0, -1), 'addr=[::1]:4711 laddr=[::1]:6379']],
    want: [{ ...WANT, from: '::1' }],
  },
  { reason: 'an entry without a count cannot be read', answer: [OF_7_0.slice(2), OF_7_0], want: [WANT] },
  { reason: 'an empty log', answer: [], want: [] },
  { reason: 'another answer', answer: 'OK', want: [] },
])
  test(`parseStoreDenials: reads what can be read, when ${reason}`, () => assert.deepEqual(parseStoreDenials(answer), want));
