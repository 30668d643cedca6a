import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../cluster/cluster.ts';
import type { KubeManifest } from '../objects/kube-object.ts';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';
import { silentLogger } from '../ports/logger.ts';
import { makeManualClock } from '../testing/manual-clock.ts';
import { eventManifest, makeEventRecorder } from './event-recorder.ts';
import type { EventIntent } from './intent.ts';

const event = (note: string): EventIntent => ({
  type: 'event',
  resource: KUBERNETES_TYPES.configMap,
  regarding: { metadata: { name: 'a', namespace: 'n', uid: 'u' } },
  severity: 'Normal',
  reason: 'R',
  action: 'A',
  note,
});

/** `create` answers when the test says so; at once unless told otherwise. */
function makeWorld(create: () => Promise<unknown> = () => Promise.resolve()) {
  const clock = makeManualClock();
  const notes: unknown[] = [];
  const warnings: string[] = [];
  const recorder = makeEventRecorder({
    cluster: {
      create: ((_type: unknown, manifest: KubeManifest) => {
        notes.push(manifest['note']);
        return create();
      }) as Cluster['create'],
    },
    controller: 'example.dev/c',
    instance: 'pod',
    clock,
    logger: { ...silentLogger, warn: (_fields, message) => warnings.push(message) },
  });
  return { clock, notes, warnings, recorder };
}

test('record: writes 25 events at once, then one in each 50 ms, in order; a quiet time gives the burst back', async () => {
  const { clock, notes, recorder } = makeWorld();
  for (let count = 1; count <= 30; count += 1) recorder.record(event(String(count)));
  await clock.advance(0);
  assert.equal(notes.length, 25);
  await clock.advance(49);
  assert.equal(notes.length, 25);
  await clock.advance(1);
  assert.equal(notes.length, 26);
  await clock.advance(200);
  assert.deepEqual(
    notes,
    Array.from({ length: 30 }, (_, index) => String(index + 1)),
  );
  await clock.advance(100_000);
  for (let count = 1; count <= 26; count += 1) recorder.record(event(String(count)));
  await clock.advance(0);
  assert.equal(notes.length, 55, 'the burst is never more than 25');
});

test('record: goes on after an event that could not be written, which is logged', async () => {
  let calls = 0;
  const { clock, notes, warnings, recorder } = makeWorld(() => {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error('refused')) : Promise.resolve();
  });
  recorder.record(event('1'));
  recorder.record(event('2'));
  await clock.advance(0);
  assert.deepEqual([notes, warnings], [['1', '2'], ['event not recorded']]);
  recorder.record(event('3'));
  await clock.advance(0);
  assert.deepEqual(notes, ['1', '2', '3']);
});

test('record: one request at a time', async () => {
  const first = Promise.withResolvers<void>();
  const { clock, notes, recorder } = makeWorld(() => first.promise);
  recorder.record(event('1'));
  recorder.record(event('2'));
  await clock.advance(0);
  assert.deepEqual(notes, ['1']);
  first.resolve();
  await clock.advance(0);
  assert.deepEqual(notes, ['1', '2']);
});

test('record: drops the oldest beyond 2,000 that wait, and says so', async () => {
  const first = Promise.withResolvers<void>();
  const { clock, notes, warnings, recorder } = makeWorld(() => first.promise);
  for (let count = 0; count <= 2_001; count += 1) recorder.record(event(String(count)));
  assert.deepEqual(warnings, ['event dropped: too many wait']);
  first.resolve();
  await clock.advance(0);
  assert.deepEqual(notes.slice(0, 2), ['0', '2'], 'the first is on its way, the second was the oldest');
});

test('stop: drops what waits, and takes no more, without a word', async () => {
  const { clock, notes, warnings, recorder } = makeWorld();
  for (let count = 1; count <= 30; count += 1) recorder.record(event(String(count)));
  await clock.advance(0);
  recorder.stop();
  recorder.record(event('later'));
  await clock.advance(10_000);
  assert.deepEqual([notes.length, warnings], [25, []]);
});

test('stop: takes no event afterwards, and writes none of those that wait behind one on its way', async () => {
  const idle = makeWorld();
  idle.recorder.stop();
  idle.recorder.record(event('later'));
  await idle.clock.advance(0);
  assert.deepEqual(idle.notes, []);
  const first = Promise.withResolvers<void>();
  const { clock, notes, recorder } = makeWorld(() => first.promise);
  for (const note of ['1', '2', '3']) recorder.record(event(note));
  await clock.advance(0);
  recorder.stop();
  first.resolve();
  await clock.advance(0);
  assert.deepEqual(notes, ['1']);
});

test('eventManifest: is a valid event, with names and texts cut to the limits of the API server', () => {
  const source = { controller: 'example.dev/c', instance: 'i'.repeat(200) };
  const manifest = eventManifest({ ...event('n'.repeat(2_000)), regarding: { metadata: { name: 'x'.repeat(250) } } }, source, 0);
  assert.match(manifest.metadata.name, /^x{200}\.[a-z0-9]{12}$/);
  assert.equal(manifest.metadata.namespace, 'default');
  assert.deepEqual([String(manifest['note']).length, String(manifest['reportingInstance']).length], [1_024, 128]);
  const { kind, name, namespace, uid } = eventManifest(event('n'), source, 0)['regarding'] as Readonly<Record<string, unknown>>;
  assert.deepEqual([kind, name, namespace, uid], ['ConfigMap', 'a', 'n', 'u']);
});
