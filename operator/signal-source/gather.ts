/** Reads a SignalSource and the Secret that it names. */
import { isMountable, labelSecretArguments, MOUNTABLE_LABEL } from '@flotilla/contracts/access/mountable-secrets.ts';
import type { ReasonOf } from '@flotilla/contracts/conditions/condition-reasons.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { type KubeObject, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { type Blocked, blocked } from '../fleet/blocked.ts';
import { readSignalSourceSpec } from '../fleet/read-spec.ts';
import type { World } from '../world.ts';
import type { ServedSource } from './plan.ts';

/** Why the gateway cannot serve a source. */
export type BlockedSource = Blocked<ReasonOf<'SignalSource'>>;

interface SecretObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Reads whether the Secret is labelled for a SignalSource, which keys the Secret has and whether they are empty. A source whose Secret is missing must not stop the other sources. */
export async function gatherSource(
  object: ResourceObject,
  { cluster, settings }: Pick<World, 'cluster' | 'settings'>,
  signal: AbortSignal,
): Promise<(ServedSource & { readonly ok: true }) | BlockedSource> {
  const { name } = object.metadata;
  const read = readSignalSourceSpec(object);
  if (!read.ok) return read;
  const { spec, unknownFields } = read;
  if (spec.secretRef === undefined) return { ok: true, name, spec, unknownFields, secretVersion: undefined };
  const { name: secretName, key } = spec.secretRef;
  const secret = await cluster.find<SecretObject>(KUBERNETES_TYPES.secret, { namespace: settings.namespace, name: secretName }, { signal });
  if (secret === undefined) {
    return blocked(
      'SecretNotFound',
      `spec.secretRef: no Secret ${secretName} in this namespace; the gateway serves the source when it exists`,
    );
  }
  // First: the status must say nothing about the keys of a Secret that is not meant for a SignalSource.
  if (!isMountable(secret)) return blocked('SecretNotLabelled', notLabelled(settings.namespace, secretName));
  if (secret.data?.[key] === undefined) return blocked('SecretKeyNotFound', `spec.secretRef: Secret ${secretName} has no key ${key}`);
  if (secret.data[key] === '')
    return blocked('SecretKeyEmpty', `spec.secretRef: the key ${key} of Secret ${secretName} is empty; put the shared secret there`);
  return { ok: true, name, spec, unknownFields, secretVersion: secret.metadata.resourceVersion };
}

function notLabelled(namespace: string, secret: string): string {
  const { name, value } = MOUNTABLE_LABEL;
  const command = `kubectl ${labelSecretArguments(namespace, secret).join(' ')}`;
  return `spec.secretRef: expected the label ${name}=${value} on Secret ${secret}, found none; when the Secret is meant for this source, run: ${command}`;
}
