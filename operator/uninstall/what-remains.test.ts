import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject, ListResult } from '@flotilla/kube/mod.ts';
import { refusal, whatRemains } from './what-remains.ts';

test('whatRemains: names strategies before portfolios, of one namespace', async () => {
  const objects: Readonly<Record<string, readonly string[]>> = { strategies: ['btc', 'eth'], portfolios: ['main'] };
  const asked: (string | undefined)[] = [];
  const cluster = {
    list<T extends KubeObject>({ plural }: { readonly plural: string }, scope: { readonly namespace?: string | undefined } = {}) {
      asked.push(scope.namespace);
      const items = (objects[plural] ?? []).map((name) => ({ metadata: { name } }) as unknown as T);
      return Promise.resolve<ListResult<T>>({ items, resourceVersion: '1' });
    },
  };
  assert.deepEqual(await whatRemains(cluster, 'trading'), [
    'strategies.flotilla.dev/btc',
    'strategies.flotilla.dev/eth',
    'portfolios.flotilla.dev/main',
  ]);
  assert.deepEqual(asked, ['trading', 'trading']);
});

test('refusal: says what to delete and how to go on regardless, and nothing when nothing is left', () => {
  assert.equal(refusal([], 'trading'), undefined);
  assert.match(
    refusal(['strategies.flotilla.dev/btc'], 'trading') ?? '',
    /^expected no Strategy and no Portfolio in trading, found 1: .*\n {2}kubectl -n trading delete strategies\.flotilla\.dev\/btc\nThen uninstall once more\..*--no-hooks\..*helm rollback/,
  );
});
