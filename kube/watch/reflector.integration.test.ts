import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { connectCluster } from '../cluster/connect-cluster.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { silentLogger } from '../ports/logger.ts';
import type { ObjectChange } from './object-cache.ts';
import { type Reflector, type ReflectorOptions, startReflector } from './reflector.ts';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';
import { startTestApiServer, type TestApiServer } from '../testing/api-server.ts';
import { type FaultProxy, startFaultProxy } from '../testing/fault-proxy.ts';

const { configMap, namespace } = KUBERNETES_TYPES;

interface Counter extends KubeObject {
  readonly data?: { readonly value: string };
}

describe('startReflector on a real API server', () => {
  let server: TestApiServer;
  let direct: Cluster;
  let proxy: FaultProxy;
  let proxied: Cluster;
  const started: Reflector<Counter>[] = [];
  let namespaces = 0;
  before(async () => {
    server = await startTestApiServer();
    direct = server.connect();
    proxy = await startFaultProxy(server);
    proxied = connectCluster({ from: { kubeconfigPath: proxy.kubeconfigPath }, clock: systemClock, userAgent: 'reflector-test' });
  });
  afterEach(async () => {
    proxy.decide(() => undefined);
    await Promise.all(started.splice(0).map((reflector) => reflector.stop()));
  });
  after(async () => {
    await proxied.close();
    await proxy.stop();
    await server.stop();
  });

  async function newNamespace(): Promise<string> {
    namespaces += 1;
    const name = `space-${namespaces}`;
    await direct.create(namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    return name;
  }

  function put(space: string, name: string, value: string, labels?: Readonly<Record<string, string>>): Promise<Counter> {
    const metadata = { name, namespace: space, ...(labels === undefined ? {} : { labels }) };
    return direct.apply<Counter>(configMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } }, { fieldManager: 'writer' });
  }

  const drop = (space: string, name: string): Promise<boolean> => direct.delete(configMap, { namespace: space, name });

  /** The calls of a listener, as short lines. */
  function record(reflector: Reflector<Counter>): string[] {
    const lines: string[] = [];
    reflector.onChange(({ type, object }: ObjectChange<Counter>) => lines.push(`${type} ${object.metadata.name} ${object.data?.value}`));
    return lines;
  }

  function reflect(space: string, options: Partial<ReflectorOptions<Counter>> = {}): Reflector<Counter> {
    const base = { cluster: proxied, type: configMap, clock: systemClock, rng: systemRng, logger: silentLogger };
    const reflector = startReflector<Counter>({ ...base, scope: { namespace: space }, ...options });
    started.push(reflector);
    return reflector;
  }

  test('tells adds, changes and deletes once each and in order, without managed fields', async () => {
    const space = await newNamespace();
    await put(space, 'early', '0');
    const reflector = reflect(space);
    const lines = record(reflector);
    await reflector.synced;
    await put(space, 'late', '1');
    await put(space, 'late', '2');
    await drop(space, 'early');
    await eventually('four changes', () => lines.length >= 4);
    assert.deepEqual(lines, ['added early 0', 'added late 1', 'modified late 2', 'deleted early 0']);
    const late = reflector.get(`${space}/late`);
    assert.deepEqual([late?.apiVersion, late?.kind, late?.metadata.managedFields], ['v1', 'ConfigMap', undefined]);
  });

  test('sees only what its labels ask for; a label taken away is a delete', async () => {
    const space = await newNamespace();
    const reflector = reflect(space, { scope: { namespace: space, labelSelector: 'part=ours' } });
    const lines = record(reflector);
    await reflector.synced;
    await put(space, 'other', '0', { part: 'theirs' });
    await put(space, 'mine', '1', { part: 'ours' });
    await put(space, 'mine', '2', { part: 'theirs' });
    await eventually('the delete', () => lines.length >= 2);
    // The server shows it as it last was in view.
    assert.deepEqual(lines, ['added mine 1', 'deleted mine 1']);
  });

  test('watches metadata only, when asked', async () => {
    const space = await newNamespace();
    await put(space, 'listed', '1');
    const reflector = reflect(space, { scope: { namespace: space, metadataOnly: true } });
    await reflector.synced;
    await put(space, 'watched', '1');
    await eventually('the watched one', () => reflector.size === 2);
    for (const object of reflector.list()) assert.deepEqual([object.kind, object.data], ['ConfigMap', undefined]);
  });

  test('resumes where it was without missing or doubling one of 300 changes, when its connections are cut again and again', async () => {
    const space = await newNamespace();
    const reflector = reflect(space);
    const lines = record(reflector);
    await reflector.synced;
    for (let value = 1; value <= 300; value += 1) {
      await put(space, 'counter', String(value));
      if (value % 40 === 0) proxy.cutAll();
    }
    await eventually('the last value', () => reflector.get(`${space}/counter`)?.data?.value === '300');
    // Each change is an event of its own: resuming by resource version leaves none out.
    assert.deepEqual(lines, ['added counter 1', ...Array.from({ length: 299 }, (_, index) => `modified counter ${index + 2}`)]);
    assert.equal(reflector.stats().lists, 1);
  });

  test('goes on after every kind of failure: reset, 429, 500, 503, hang-up, a page of HTML', async () => {
    const space = await newNamespace();
    const faults = [
      'reset',
      'lose',
      { statusCode: 429, headers: { 'retry-after': '1' } },
      { statusCode: 500 },
      { statusCode: 503, body: '<html>' },
      { statusCode: 200, body: '{"type":"ADD' },
    ] as const;
    let turn = 0;
    let refused = 0;
    proxy.decide(({ url }) => {
      if (!url.pathname.includes(space)) return undefined;
      turn += 1;
      const fault = turn % 2 === 0 ? faults[refused % faults.length] : undefined;
      if (fault !== undefined) refused += 1;
      return fault;
    });
    const reflector = reflect(space);
    const lines = record(reflector);
    await reflector.synced;
    for (let value = 1; refused < faults.length; value += 1) {
      await put(space, 'counter', String(value));
      proxy.cutAll();
      await eventually('the change', () => reflector.get(`${space}/counter`)?.data?.value === String(value), 20_000);
    }
    assert.equal(lines.length, new Set(lines).size);
  });

  test('tells the deletes, recreations and changes of a time without a watch, after 410', async () => {
    const space = await newNamespace();
    await put(space, 'kept', '1');
    await put(space, 'changed', '1');
    await put(space, 'deleted', '1');
    const first = await put(space, 'recreated', '1');
    const reflector = reflect(space);
    await reflector.synced;
    const lines = record(reflector).splice(0);
    assert.equal(lines.length, 4);
    const missed = record(reflector);
    missed.length = 0;

    proxy.decide(({ url }) => (url.pathname.includes(space) ? 'reset' : undefined));
    proxy.cutAll();
    await put(space, 'changed', '2');
    await drop(space, 'deleted');
    await drop(space, 'recreated');
    await put(space, 'recreated', '2');
    await put(space, 'born', '1');
    // A restarted API server remembers no events: what it is asked to resume from has expired.
    await server.restart();
    const before = reflector.stats();
    proxy.decide(() => undefined);
    await eventually('the new one', () => reflector.get(`${space}/born`));

    assert.equal(reflector.stats().lists, before.lists + 1);
    assert.deepEqual(missed.toSorted(), [
      'added born 1',
      'added recreated 2',
      'deleted deleted 1',
      'deleted recreated 1',
      'modified changed 2',
    ]);
    assert.ok(missed.indexOf('deleted recreated 1') < missed.indexOf('added recreated 2'));
    assert.notEqual(reflector.get(`${space}/recreated`)?.metadata.uid, first.metadata.uid);
  });

  test('hears the first event within 5 s of the return of an API server that was away', async () => {
    const space = await newNamespace();
    await put(space, 'counter', '1');
    const reflector = reflect(space, { cluster: direct });
    await reflector.synced;
    await server.process.kill();
    await eventually('several failures', () => reflector.stats().failuresInARow >= 5, 20_000);
    await server.restart();
    const backAtMs = performance.now();
    await put(space, 'counter', '2');
    await eventually('the change', () => reflector.get(`${space}/counter`)?.data?.value === '2');
    assert.ok(performance.now() - backAtMs < 5_000);
  });

  test('opens another watch, when the connection is half open and silent', async () => {
    const space = await newNamespace();
    const reflector = reflect(space, { silenceMsMax: 300 });
    await reflector.synced;
    await eventually('a watch', () => reflector.stats().watches >= 1);
    proxy.muteWatches();
    await put(space, 'unheard', '1');
    await eventually('the change', () => reflector.get(`${space}/unheard`));
    assert.equal(reflector.stats().lists, 1);
  });

  test('tells an own write at once and only once, when it is noted', async () => {
    const space = await newNamespace();
    const reflector = reflect(space);
    const lines = record(reflector);
    await reflector.synced;
    reflector.note(await put(space, 'own', '1'));
    assert.deepEqual(reflector.get(`${space}/own`)?.data, { value: '1' });
    await put(space, 'after', '1');
    await eventually('the next change', () => reflector.get(`${space}/after`));
    assert.deepEqual(lines, ['added own 1', 'added after 1']);
  });

  test('finds objects by index, as they come, change and go', async () => {
    const space = await newNamespace();
    const reflector = reflect(space, { indexes: { byValue: ({ data }) => (data === undefined ? [] : [data.value]) } });
    await reflector.synced;
    await put(space, 'a', 'x');
    await put(space, 'b', 'x');
    await eventually('both', () => reflector.byIndex('byValue', 'x').length === 2);
    await put(space, 'a', 'y');
    await drop(space, 'b');
    await eventually('both gone', () => reflector.byIndex('byValue', 'x').length === 0);
    assert.deepEqual(
      reflector.byIndex('byValue', 'y').map(({ metadata }) => metadata.name),
      ['a'],
    );
    assert.throws(() => reflector.byIndex('byColour', 'x'), RangeError);
  });

  test('goes on, when a listener throws an error that is not an AssertionError', async () => {
    const space = await newNamespace();
    const reflector = reflect(space);
    reflector.onChange(() => {
      throw new Error('a listener with a bug');
    });
    const lines = record(reflector);
    await reflector.synced;
    await put(space, 'a', '1');
    await eventually('the change', () => lines.length === 1);
  });
});
