import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoggedRequest } from '../proxy/strike-request.ts';
import { parseApiRequest } from '../proxy/api-request.ts';
import { needlessWrites } from './needless-writes.ts';

const apply = (name: string, body: string, version: string): LoggedRequest => {
  const request = parseApiRequest('PATCH', `/apis/apps/v1/namespaces/trading/deployments/${name}?force=true`, body);
  assert.ok(request !== undefined);
  return { request, body, statusCode: 200, answer: JSON.stringify({ metadata: { resourceVersion: version } }), atMs: 0 };
};

test('needlessWrites: names only writes that were sent twice without a change in between', () => {
  const log = [
    apply('a', '1', '5'),
    apply('b', '1', '6'),
    apply('a', '1', '5'),
    apply('a', '2', '7'),
    apply('a', '1', '8'),
    apply('a', '1', '9'),
  ];
  assert.deepEqual(needlessWrites(log), [log[2]]);
});
