import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject, ListResult } from '@flotilla/kube/mod.ts';
import { refusal, whatRemains } from './what-remains.ts';

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
