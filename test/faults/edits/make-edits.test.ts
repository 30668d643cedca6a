import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeEdits } from './make-edits.ts';

const manifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a', labels: { 'x/y': 'z' } },
  spec: { replicas: 1, containers: [{ name: 'agent', image: 'i' }] },
};
const live = {
  metadata: { name: 'a', labels: { 'x/y': 'z', other: '1' } },
  spec: { replicas: 1, containers: [{ name: 'side' }, { name: 'agent', image: 'i', tty: true }] },
};

test('makeEdits: changes and removes each leaf that the manifest names, where the live object has it', () => {
  const edits = makeEdits(manifest, live);
  assert.deepEqual(
    edits.map(({ title, candidates }) => `${title} at ${candidates[0]?.path ?? ''}`),
    [
      'metadata.labels.x/y: changed at /metadata/labels/x~1y',
      'metadata.labels.x/y: removed at /metadata/labels/x~1y',
      'spec.replicas: changed at /spec/replicas',
      'spec.replicas: removed at /spec/replicas',
      'spec.containers.agent.image: changed at /spec/containers/1/image',
      'spec.containers.agent.image: removed at /spec/containers/1/image',
    ],
  );
  assert.ok(edits.every(({ candidates }) => candidates.every(({ op, value }) => op === 'remove' || value !== undefined)));
});

test('makeEdits: leaves times alone, because no test can say which time is right', () =>
  assert.deepEqual(
    makeEdits({ status: { at: '2026-01-01T00:00:00Z' } }, { metadata: { name: 'a' }, status: { at: '2026-01-01T00:00:00Z' } } as never),
    [],
  ));
