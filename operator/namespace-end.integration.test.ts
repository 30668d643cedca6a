import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeLogger, systemClock, systemRng } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { BUS_FINALIZER, haltFinalizer, KINDS, POLICY_FINALIZER } from './kinds.ts';
import { finalizerIntent, type KubeManifest, type KubeObject, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { watchNamespaceEnd } from './namespace-end.ts';
import { portfolio, riskPolicy, strategy } from './testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from './testing/operator-fixture.ts';

const OTHERS_FINALIZER = 'example.dev/archive';
const ELSEWHERE = 'elsewhere';

const HELD = [
  { type: KINDS.strategy, object: strategy, finalizer: BUS_FINALIZER },
  { type: KINDS.portfolio, object: portfolio, finalizer: BUS_FINALIZER },
  { type: KINDS.riskPolicy, object: riskPolicy, finalizer: POLICY_FINALIZER },
] as const;

let fixture: OperatorFixture;
before(async () => {
  fixture = await startOperatorFixture({ operator: 'none' });
});
after(() => fixture.stop());

/** Sets the finalizers that the operators of these namespaces set on a KillSwitch. */
async function holdKillSwitch(namespaces: readonly string[]): Promise<void> {
  const { apiVersion, kind } = KINDS.killSwitch;
  const spec = { scope: { type: 'All' }, reason: 'drill' };
  const object = await fixture.cluster.create<KubeObject>(KINDS.killSwitch, { apiVersion, kind, metadata: { name: 'stop' }, spec });
  for (const namespace of namespaces) {
    const { resource, manifest, fieldManager = '' } = finalizerIntent(KINDS.killSwitch, object, haltFinalizer(namespace), true);
    await fixture.cluster.apply(resource, manifest, { fieldManager });
  }
}

test('watchNamespaceEnd: removes our finalizers and no other after the controllers have ended, when the namespace is deleted', async () => {
  const { cluster } = fixture;
  await cluster.create(KUBERNETES_TYPES.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ELSEWHERE } });
  for (const namespace of ['trading', ELSEWHERE]) {
    for (const { type, object, finalizer } of HELD) {
      const { name } = object.metadata;
      const { apiVersion, kind } = object;
      await cluster.create(type, { apiVersion, kind, metadata: { name, namespace }, spec: object.spec });
      for (const held of [finalizer, OTHERS_FINALIZER]) {
        const manifest = { apiVersion, kind, metadata: { name, namespace, finalizers: [held] } } as KubeManifest;
        await cluster.apply(type, manifest, { fieldManager: held.replaceAll('/', '-') });
      }
    }
  }
  await holdKillSwitch(['trading', ELSEWHERE]);
  const finalizers = async (namespace: string): Promise<readonly (readonly string[])[]> =>
    Promise.all(
      HELD.map(async ({ type, object }) => (await cluster.get(type, { namespace, name: object.metadata.name })).metadata.finalizers ?? []),
    );
  const before = await finalizers(ELSEWHERE);
  let heldAtTheEnd: readonly (readonly string[])[] = [];
  const logger = makeLogger({ service: 'test', revision: 'test', level: 'silent' });
  const onEnding = async (): Promise<void> => {
    heldAtTheEnd = await finalizers('trading');
  };
  const end = watchNamespaceEnd({ cluster, namespace: 'trading', onEnding, clock: systemClock, rng: systemRng, logger });
  try {
    await cluster.delete(KUBERNETES_TYPES.namespace, { name: 'trading' });
    await eventually('only what others hold is left', async () =>
      (await finalizers('trading')).every((left) => left.length === 1 && left[0] === OTHERS_FINALIZER),
    );
    assert.deepEqual(heldAtTheEnd, before, 'no finalizer was removed before the controllers had ended');
    assert.deepEqual(await finalizers(ELSEWHERE), before);
    await eventually('the KillSwitch is held by the other operator alone', async () => {
      const { metadata } = await cluster.get(KINDS.killSwitch, { name: 'stop' });
      return metadata.finalizers?.length === 1 && metadata.finalizers[0] === haltFinalizer(ELSEWHERE);
    });
  } finally {
    await end.stop();
  }
});
