import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '../objects/kube-object.ts';
import { makeObjectCache } from './object-cache.ts';

const object = (name: string, resourceVersion: number, uid = `uid-${name}`): KubeObject => ({
  metadata: { name, uid, resourceVersion: String(resourceVersion) },
});

test('upsert: ignores an event that is older than what is held', () => {
  const cache = makeObjectCache();
  cache.upsert(object('a', 20));
  assert.deepEqual(cache.upsert(object('a', 9)), []);
  assert.equal(cache.get('a')?.metadata.resourceVersion, '20');
});

test('upsert: is a delete and an add, when the uid is another', () => {
  const cache = makeObjectCache();
  cache.upsert(object('a', 1, 'first'));
  assert.deepEqual(
    cache.upsert(object('a', 5, 'second')).map(({ type, object: { metadata } }) => [type, metadata.uid]),
    [
      ['deleted', 'first'],
      ['added', 'second'],
    ],
  );
});

test('remove: ignores the delete of an earlier object of the same name', () => {
  const cache = makeObjectCache();
  cache.upsert(object('a', 20, 'second'));
  assert.deepEqual(cache.remove(object('a', 10, 'first')), []);
  assert.equal(cache.size, 1);
});

test('note: shows an own write before the watch does, and then ignores its event', () => {
  const cache = makeObjectCache();
  cache.replace([object('a', 5)], '5');
  assert.equal(cache.note(object('a', 8)).length, 1);
  assert.equal(cache.get('a')?.metadata.resourceVersion, '8');
  assert.deepEqual(cache.upsert(object('a', 8)), []);
});

test('note: does not bring back an object whose delete the watch has told', () => {
  const cache = makeObjectCache();
  cache.replace([], '5');
  cache.upsert(object('a', 8));
  cache.remove(object('a', 9));
  assert.deepEqual(cache.note(object('a', 8)), []);
  assert.equal(cache.get('a'), undefined);
});

test('replace: keeps an own write that is newer than the list, and drops older objects that the list lacks', () => {
  const cache = makeObjectCache();
  cache.replace([object('old', 3)], '5');
  cache.note(object('own', 9));
  const changes = cache.replace([], '7');
  assert.deepEqual(
    changes.map(({ type, object: { metadata }, fromList }) => [type, metadata.name, fromList]),
    [['deleted', 'old', true]],
  );
  assert.notEqual(cache.get('own'), undefined);
});

/** A model of the server: what happened, in order; a watch that starts anywhere and relists at will must end in the same state. */
test('cache: ends in the state of the server, whatever is doubled, late or relisted', () => {
  const change = fc.record({ name: fc.constantFrom('a', 'b', 'c'), kind: fc.constantFrom('put', 'recreate', 'delete') });
  const step = fc.record({ relist: fc.boolean(), repeatLast: fc.nat(3), noteOwn: fc.boolean() });
  fc.assert(
    fc.property(fc.array(fc.tuple(change, step), { maxLength: 40 }), (script) => {
      const server = new Map<string, KubeObject>();
      const cache = makeObjectCache({ byUid: ({ metadata }) => [metadata.uid ?? ''] });
      const past: (() => unknown)[] = [];
      let version = 0;
      for (const [{ name, kind }, { relist, repeatLast, noteOwn }] of script) {
        version += 1;
        const held = server.get(name);
        if (kind === 'delete') {
          if (held === undefined) continue;
          server.delete(name);
          const last = object(name, version, held.metadata.uid);
          if (!relist) past.push(() => cache.remove(last));
        } else {
          const next = object(name, version, kind === 'put' && held !== undefined ? held.metadata.uid : `uid-${version}`);
          server.set(name, next);
          if (noteOwn) cache.note(next);
          if (!relist) past.push(() => cache.upsert(next));
        }
        if (relist) cache.replace([...server.values()], String(version));
        else for (const play of past.slice(-1 - repeatLast)) play();
      }
      cache.replace([...server.values()], String(version));
      assert.deepEqual(new Map(cache.list().map((item) => [item.metadata.name, item])), server);
      for (const item of server.values()) assert.deepEqual(cache.byIndex('byUid', item.metadata.uid ?? ''), [item]);
    }),
    { numRuns: 2_000 },
  );
});

test('upsert: keeps the reference of the spec while the spec stays equal', () => {
  const cache = makeObjectCache();
  const version = (resourceVersion: string, generation: number | undefined, size: number) => ({
    metadata: { name: 'a', uid: 'u', resourceVersion, ...(generation === undefined ? {} : { generation }) },
    spec: { size },
    status: { seen: resourceVersion },
  });
  const held = (): ReturnType<typeof version> => cache.get('a') as ReturnType<typeof version>;
  cache.upsert(version('1', 1, 1));
  const { spec } = held();
  cache.upsert(version('2', 1, 1));
  assert.equal(held().spec, spec);
  assert.equal(held().status.seen, '2');
  cache.upsert(version('3', 2, 5));
  assert.equal(held().spec.size, 5);
  cache.upsert(version('4', undefined, 6));
  assert.equal(held().spec.size, 6);
});
