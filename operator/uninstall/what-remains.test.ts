import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject, ListResult } from '@flotilla/kube/mod.ts';
import { BUS_FINALIZER } from '../kinds.ts';
import { refusal, servedNamespaces, whatRemains } from './what-remains.ts';

test('whatRemains: names strategies before portfolios, of one namespace, and KillSwitches with the finalizer of its operator', async () => {
  const objects: Readonly<Record<string, readonly Partial<KubeObject['metadata']>[]>> = {
    strategies: [{ name: 'btc' }, { name: 'eth' }],
    portfolios: [{ name: 'main' }],
    killswitches: [
      { name: 'ours', finalizers: ['halt.flotilla.dev/other', 'halt.flotilla.dev/trading'] },
      { name: 'of-others', finalizers: ['halt.flotilla.dev/other'] },
      { name: 'old', finalizers: ['flotilla.dev/halt'] },
      { name: 'free' },
    ],
  };
  const asked: (string | undefined)[] = [];
  const cluster = {
    list<T extends KubeObject>({ plural }: { readonly plural: string }, scope: { readonly namespace?: string | undefined } = {}) {
      asked.push(scope.namespace);
      const items = (objects[plural] ?? []).map((metadata) => ({ metadata }) as unknown as T);
      return Promise.resolve<ListResult<T>>({ items, resourceVersion: '1' });
    },
  };
  assert.deepEqual(await whatRemains(cluster, 'trading'), {
    inNamespace: ['strategies.flotilla.dev/btc', 'strategies.flotilla.dev/eth', 'portfolios.flotilla.dev/main'],
    killSwitches: ['killswitches.flotilla.dev/ours', 'killswitches.flotilla.dev/old'],
  });
  assert.deepEqual(asked, ['trading', 'trading', undefined]);
});

test('refusal: says what to delete and how to go on regardless, and nothing when nothing is left', () => {
  assert.equal(refusal({ inNamespace: [], killSwitches: [] }, 'trading'), undefined);
  const text = refusal({ inNamespace: ['strategies.flotilla.dev/btc'], killSwitches: ['killswitches.flotilla.dev/stop'] }, 'trading') ?? '';
  assert.match(text, /^expected no Strategy, no Portfolio and no KillSwitch .* found 2\./);
  assert.match(
    text,
    /\n {2}kubectl -n trading delete strategies\.flotilla\.dev\/btc\n {2}kubectl delete killswitches\.flotilla\.dev\/stop\nThen/,
  );
  assert.match(text, /--no-hooks.*helm rollback.*\n.*finalizer halt\.flotilla\.dev\/trading/);
});

test('servedNamespaces: gives the own namespace and those of the selection, each once', async () => {
  const asked: unknown[] = [];
  const objects: Readonly<Record<string, readonly Partial<KubeObject['metadata']>[]>> = {
    namespaces: [{ name: 'desk' }],
    strategies: [
      { name: 'btc', namespace: 'research', finalizers: [BUS_FINALIZER] },
      { name: 'eth', namespace: 'research', finalizers: [BUS_FINALIZER] },
      { name: 'of-nobody', namespace: 'elsewhere' },
    ],
    portfolios: [{ name: 'main', namespace: 'trading', finalizers: [BUS_FINALIZER] }],
  };
  const cluster = {
    list<T extends KubeObject>({ plural }: { readonly plural: string }, scope: object = {}) {
      asked.push({ plural, ...scope });
      const items = (objects[plural] ?? []).map((metadata) => ({ metadata }) as unknown as T);
      return Promise.resolve<ListResult<T>>({ items, resourceVersion: '1' });
    },
  };
  assert.deepEqual(await servedNamespaces(cluster, 'trading', undefined), ['trading']);
  assert.deepEqual(await servedNamespaces(cluster, 'trading', { type: 'Names', names: ['desk', 'trading'] }), ['trading', 'desk']);
  assert.deepEqual(asked, []);
  assert.deepEqual(await servedNamespaces(cluster, 'trading', { type: 'Labels', selector: 'tenant=yes' }), ['trading', 'desk']);
  assert.deepEqual(asked, [{ plural: 'namespaces', labelSelector: 'tenant=yes', metadataOnly: true }]);
  assert.deepEqual(await servedNamespaces(cluster, 'trading', { type: 'All' }), ['trading', 'research']);
});
