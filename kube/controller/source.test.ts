import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../objects/kube-object.ts';
import type { ObjectChange } from '../watch/object-cache.ts';
import type { Reflector } from '../watch/reflector.ts';
import { keysOf, makeSource } from './source.ts';

const named = (name: string): KubeObject => ({ metadata: { name } });
const change = (overrides: Partial<ObjectChange> = {}): ObjectChange => ({
  type: 'modified',
  object: named('new'),
  previous: named('old'),
  fromList: false,
  own: false,
  ...overrides,
});
// The functions under test only pass the reflector on.
const reflector = {} as Reflector;
const nameOf = ({ metadata }: KubeObject): readonly string[] => [metadata.name];
const keys = (...of: Parameters<typeof keysOf>): readonly string[] => [...keysOf(...of).keys];

test('keysOf: gives the keys of the object before and after the change, each once', () => {
  const source = makeSource(reflector, nameOf);
  assert.deepEqual(keys(source, change()), ['new', 'old']);
  assert.deepEqual(keys(source, change({ previous: undefined })), ['new']);
  assert.deepEqual(keys(source, change({ previous: named('new') })), ['new']);
});

test('keysOf: gives no key of a change that does not concern the source', () => {
  assert.deepEqual(keys(makeSource(reflector, nameOf, { concerns: ({ own }) => own }), change()), []);
  assert.deepEqual(keys(makeSource(reflector, nameOf, { concerns: ({ own }) => own }), change({ own: true })), ['new', 'old']);
});

test('keysOf: gives resync to a change of a list and spec to every other change, unless the source says otherwise', () => {
  const source = makeSource(reflector, nameOf);
  assert.equal(keysOf(source, change({ fromList: true })).priority, 'resync');
  assert.equal(keysOf(source, change()).priority, 'spec');
  assert.equal(keysOf(makeSource(reflector, nameOf, { priority: () => 'kill' }), change({ fromList: true })).priority, 'kill');
});

test('makeSource: has only the options that it was given, so that defaults hold for the others', () => {
  assert.deepEqual(Object.keys(makeSource(reflector, nameOf)), ['reflector', 'mapToKeys']);
});
