/** Makes the Secrets that must exist before any pod starts. Pure. */
import {
  AUDIT_KEY_SECRET,
  BUS_CLUSTER_USER,
  busSecretName,
  CREDENTIAL_KEYS,
  STORE_HEALTH_USER,
  STORE_IDENTITY_NAMES,
  storeSecretName,
} from '@flotilla/contracts/access/credential-secrets.ts';
import { IDENTITY_NAMES } from '@flotilla/contracts/access/identities.ts';
import type { KubeManifest } from '@flotilla/kube/mod.ts';

export const CREDENTIAL_PARTS = ['nats', 'redis', 'audit'] as const;
export type CredentialPart = (typeof CREDENTIAL_PARTS)[number];

/** A source of secrets: each call gives a new one. */
export interface SecretMaker {
  password(): string;
  /** Ed25519 private key, PKCS #8 in PEM. */
  signingKeyPem(): string;
}

/** Every Secret of these parts, each with values of its own. */
export function credentialSecrets(namespace: string, parts: readonly CredentialPart[], make: SecretMaker): readonly KubeManifest[] {
  return parts.flatMap((part) => secretsOf(part, make).map(({ name, data }) => manifest(namespace, name, data)));
}

interface SecretContent {
  readonly name: string;
  readonly data: Readonly<Record<string, string>>;
}

function secretsOf(part: CredentialPart, make: SecretMaker): readonly SecretContent[] {
  const login = (name: string, user: string): SecretContent => ({
    name,
    data: { [CREDENTIAL_KEYS.user]: user, [CREDENTIAL_KEYS.password]: make.password() },
  });
  switch (part) {
    case 'nats':
      return ([...IDENTITY_NAMES, BUS_CLUSTER_USER] as const).map((user) => login(busSecretName(user), user));
    case 'redis':
      return ([...STORE_IDENTITY_NAMES, STORE_HEALTH_USER] as const).map((user) => login(storeSecretName(user), user));
    default:
      return [{ name: AUDIT_KEY_SECRET.name, data: { [AUDIT_KEY_SECRET.key]: make.signingKeyPem() } }];
  }
}

/** Helm does not manage the Secret, so an uninstall leaves it, as well as the volumes whose content it opens. */
function manifest(namespace: string, name: string, data: Readonly<Record<string, string>>): KubeManifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace,
      labels: { 'app.kubernetes.io/part-of': 'flotilla', 'app.kubernetes.io/managed-by': 'flotilla-credentials' },
    },
    type: 'Opaque',
    stringData: data,
  };
}
