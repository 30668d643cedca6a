import { describeIssues } from '@flotilla/contracts/read-record.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { signalSourceSpecSchema } from '@flotilla/contracts/resources/signal-source.ts';
import { type KubeObject, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { type Blocked, blocked } from '../fleet/resolve-strategy.ts';
import type { World } from '../world.ts';
import type { ServedSource } from './plan.ts';

interface SecretObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Reads the Secret itself for its keys, not its values; a source whose Secret is missing must not stop the others. */
export async function gatherSource(
  object: ResourceObject,
  { cluster, settings }: Pick<World, 'cluster' | 'settings'>,
  signal: AbortSignal,
): Promise<(ServedSource & { readonly ok: true }) | Blocked> {
  const { name } = object.metadata;
  const parsed = signalSourceSpecSchema.safeParse(object.spec);
  if (!parsed.success) return blocked('SpecInvalid', `spec: ${describeIssues(parsed.error)}`);
  const spec = parsed.data;
  if (spec.secretRef === undefined) return { ok: true, name, spec, secretVersion: undefined };
  const { name: secretName, key } = spec.secretRef;
  const secret = await cluster.find<SecretObject>(KUBERNETES_TYPES.secret, { namespace: settings.namespace, name: secretName }, { signal });
  if (secret === undefined) {
    return blocked('SecretNotFound', `spec.secretRef: no Secret ${secretName} in this namespace; create it and this goes on`);
  }
  if (secret.data?.[key] === undefined) return blocked('SecretKeyNotFound', `spec.secretRef: Secret ${secretName} has no key ${key}`);
  return { ok: true, name, spec, secretVersion: secret.metadata.resourceVersion };
}
