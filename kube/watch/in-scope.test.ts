import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInScope } from './in-scope.ts';

const object = { metadata: { name: 'o', namespace: 'n', labels: { app: 'web', tier: '' } } };

for (const [scope, want] of [
  [{}, true],
  [{ namespace: 'n' }, true],
  [{ namespace: 'other' }, false],
  [{ namespace: 'other', fieldSelector: 'metadata.name=o' }, false],
  [{ fieldSelector: 'metadata.name=o' }, undefined],
  [{ labelSelector: 'app=web' }, true],
  [{ labelSelector: 'app==web,tier=' }, true],
  [{ labelSelector: 'app=web,part=x' }, false],
  [{ labelSelector: 'app!=web' }, false],
  [{ labelSelector: 'part!=x' }, true],
  [{ labelSelector: 'tier' }, true],
  [{ labelSelector: '!tier' }, false],
  [{ labelSelector: '!part, app = web' }, true],
  [{ labelSelector: 'app in (web, api)' }, undefined],
] as const) {
  test(`isInScope: ${want} for ${JSON.stringify(scope)}`, () => assert.equal(isInScope(scope, object), want));
}
