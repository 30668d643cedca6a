import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { startOperatorFixture } from './operator-fixture.ts';

const isChild = (resource: string): boolean => resource === 'ProcessWrap';

test('startOperatorFixture: stops every server, when the set-up fails after they have started', async () => {
  let startedCount = 0;
  const start = startOperatorFixture({
    reviseDefinition: () => {
      startedCount = process.getActiveResourcesInfo().filter(isChild).length;
      throw new Error('this CRD cannot be revised');
    },
  });
  await assert.rejects(start, /this CRD cannot be revised/);
  assert.equal(startedCount, 3, 'etcd, kube-apiserver and nats-server ran');
  await eventually('every server has ended', () => !process.getActiveResourcesInfo().some(isChild));
});
