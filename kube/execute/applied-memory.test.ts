import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeAppliedMemory } from './applied-memory.ts';

const manifest = (replicas: number, cpu = '1000m') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', namespace: 'n' },
  spec: { replicas, cpu },
});
/** As the server answers: defaulted, normalised, with a status. */
const live = (replicas: number, changes: Readonly<Record<string, unknown>> = {}) => ({
  ...manifest(replicas, '1'),
  metadata: { name: 'd', namespace: 'n', uid: 'u', resourceVersion: '1' },
  spec: { replicas, cpu: '1', tier: 'Default' },
  status: {},
  ...changes,
});

test('isNeedless: false before anything was applied', () => {
  assert.equal(makeAppliedMemory(undefined).isNeedless('m', manifest(1), live(1)), false);
});

test('isNeedless: true after the same was applied, though the server normalised it and its status moved on', () => {
  const memory = makeAppliedMemory(undefined);
  memory.remember('m', manifest(1), live(1));
  assert.equal(memory.isNeedless('m', manifest(1), live(1, { status: { readyReplicas: 1 } })), true);
});

test('isNeedless: false, when the manifest changed, lost a field, another manager asks, or somebody edited the object', () => {
  const memory = makeAppliedMemory(undefined);
  memory.remember('m', manifest(1), live(1));
  assert.equal(memory.isNeedless('m', manifest(2), live(1)), false);
  assert.equal(memory.isNeedless('m', { ...manifest(1), spec: { replicas: 1 } }, live(1)), false);
  assert.equal(memory.isNeedless('other', manifest(1), live(1)), false);
  assert.equal(memory.isNeedless('m', manifest(1), live(7)), false);
});

test('isNeedless: false, when the object was created anew under its name', () => {
  const memory = makeAppliedMemory(undefined);
  memory.remember('m', manifest(1), live(1));
  assert.equal(memory.isNeedless('m', manifest(1), live(1, { metadata: { name: 'd', uid: 'another' } })), false);
});

test('isNeedless: of an object whose metadata alone is known, decides by its generation', () => {
  const memory = makeAppliedMemory(undefined);
  const slim = (generation: number) => ({ metadata: { name: 'd', namespace: 'n', uid: 'u', resourceVersion: '1', generation } });
  memory.remember('m', manifest(1), slim(1));
  assert.equal(memory.isNeedless('m', manifest(1), slim(1)), true);
  assert.equal(memory.isNeedless('m', manifest(1), slim(2)), false);
});

test('isNeedless: decides by the generation too, when the object says its kind', () => {
  const memory = makeAppliedMemory(undefined);
  const slim = (generation: number) => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', uid: 'u', generation } });
  const wanted = { ...manifest(1), metadata: { name: 'd' } };
  memory.remember('m', wanted, slim(1));
  assert.equal(memory.isNeedless('m', wanted, { ...slim(1) }), true);
  assert.equal(memory.isNeedless('m', wanted, slim(2)), false);
});

test('isNeedless: false, when the whole answer was seen and now only metadata is known', () => {
  const memory = makeAppliedMemory(undefined);
  const metadata = { name: 'd', namespace: 'n', uid: 'u', generation: 1 };
  memory.remember('m', manifest(1), live(1, { metadata }));
  assert.equal(memory.isNeedless('m', manifest(1), { metadata }), false);
});

test('remember: keeps nothing of an answer without a uid', () => {
  const memory = makeAppliedMemory(undefined);
  memory.remember('m', manifest(1), { metadata: { name: 'd' } });
  assert.equal(memory.size, 0);
});

test('isNeedless: true in a new process, when the annotation says that this very manifest was applied and nothing of it was edited', () => {
  const memory = makeAppliedMemory('example.dev/hash');
  const metadata = { name: 'd', namespace: 'n', annotations: { 'example.dev/hash': 'h1' } };
  const annotated = { ...manifest(1, '1'), metadata };
  assert.equal(memory.isNeedless('m', annotated, live(1, { metadata: { ...metadata, uid: 'u' } })), true);
  assert.equal(memory.isNeedless('m', annotated, live(3, { metadata: { ...metadata, uid: 'u' } })), false);
  const other = { ...metadata, annotations: { 'example.dev/hash': 'h2' } };
  assert.equal(memory.isNeedless('m', annotated, live(1, { metadata: { ...other, uid: 'u' } })), false);
});

test('forget: leaves nothing of an object that is gone', () => {
  const memory = makeAppliedMemory(undefined);
  memory.remember('m', manifest(1), live(1));
  memory.forget(live(1));
  assert.equal(memory.size, 0);
});

const finalizing = (finalizers: readonly string[], more: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', namespace: 'n', uid: 'u', finalizers, ...more },
});
const held = { metadata: { name: 'd', namespace: 'n', uid: 'u', resourceVersion: '1', finalizers: ['a/b', 'c/d'] } };

test('isNeedless: true for a finalizer that is there already, after a restart too; false for one that is not, and for taking one away', () => {
  const memory = makeAppliedMemory('hash');
  assert.equal(memory.isNeedless('m', finalizing(['a/b']), held), true);
  assert.equal(memory.isNeedless('m', finalizing(['e/f']), held), false);
  assert.equal(memory.isNeedless('m', finalizing(['a/b', 'e/f']), held), false);
  assert.equal(memory.isNeedless('m', { ...finalizing(['a/b']), spec: {} }, held), false);
  assert.equal(memory.isNeedless('m', finalizing([]), held), false);
  assert.equal(memory.isNeedless('m', finalizing(['a/b'], { uid: 'another' }), held), false);
  assert.equal(memory.isNeedless('m', finalizing(['a/b'], { labels: {} }), held), false);
});
