/** The manifests that the operator creates for a Strategy, as text with {{NAME}}, {{UID}}, {{HASH}} and {{KEY}}: peers write the same bytes. */
import { type KubeManifest, objectKey } from '@flotilla/kube/mod.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { planAgentKey, planStrategy } from '@flotilla/operator/strategy/plan.ts';
import { resolvePortfolio, resolveStrategy } from '@flotilla/operator/fleet/resolve-strategy.ts';
import { NAMESPACE } from './control-plane.ts';
import { portfolio, riskPolicy, strategy } from './fleet.ts';

const HASH_ANNOTATION = 'flotilla.dev/applied-hash';
const UID = '00000000-0000-4000-8000-000000000000';

export interface ChildTemplates {
  readonly serviceAccount: string;
  readonly networkPolicy: string;
  readonly deployment: string;
  readonly secret: string;
}

export function childTemplates(): ChildTemplates {
  const object = { ...strategy(0, 1), status: {} } as unknown as ResourceObject;
  const seen: ResourceObject = { ...object, metadata: { ...object.metadata, uid: UID, generation: 1 } };
  const policy = riskPolicy('50000') as unknown as ResourceObject;
  const findPolicy = () => policy;
  const resolvedPortfolio = resolvePortfolio(portfolio('book-01') as unknown as ResourceObject, findPolicy);
  const resolved = resolveStrategy(seen, resolvedPortfolio, findPolicy);
  const settings = {
    namespace: NAMESPACE,
    image: 'flotilla:dev',
    natsUrl: 'nats://127.0.0.1:4222',
    redisUrl: 'redis://127.0.0.1:6379',
    logLevel: 'info',
    revision: 'bench',
    otlpEndpoint: undefined,
    gatewayNodePort: undefined,
    streamReplicas: 1,
  };
  const snapshot = { strategy: seen, resolved, stoppedBy: [], deployment: undefined, mayLackKey: true };
  const manifests = [...planAgentKey(snapshot, () => new Uint8Array(32)), ...planStrategy(snapshot, settings)].flatMap((intent) =>
    intent.type === 'apply' || intent.type === 'create' ? [intent.manifest] : [],
  );
  const find = (kind: string): KubeManifest => {
    const manifest = manifests.find((one) => one.kind === kind);
    if (manifest === undefined)
      throw new Error(`the operator makes no ${kind} of a Strategy any more: ${manifests.map(objectKeyOf).join(', ')}`);
    return manifest;
  };
  const { name } = seen.metadata;
  const template = (manifest: KubeManifest): string => JSON.stringify(manifest).replaceAll(name, '{{NAME}}').replaceAll(UID, '{{UID}}');
  return {
    serviceAccount: template(withHash(find('ServiceAccount'))),
    networkPolicy: template(withHash(find('NetworkPolicy'))),
    deployment: template(withHash(find('Deployment'))),
    secret: template({ ...find('Secret'), stringData: { key: '{{KEY}}' } }),
  };
}

function objectKeyOf({ kind, metadata }: KubeManifest): string {
  return `${kind} ${objectKey(metadata)}`;
}

function withHash(manifest: KubeManifest): KubeManifest {
  return { ...manifest, metadata: { ...manifest.metadata, annotations: { [HASH_ANNOTATION]: '{{HASH}}' } } };
}
