/** Makes the Secrets that must exist before any pod starts. Pure. */
import {
  AUDIT_KEY_SECRET,
  BUS_CLUSTER_SECRET,
  BUS_KEY_SECRETS,
  CREDENTIAL_KEYS,
  storeSecretName,
} from '@flotilla/contracts/access/credential-secrets.ts';
import { STORE_START_USERS } from '@flotilla/contracts/access/store-users.ts';
import type { KubeManifest } from '@flotilla/kube/mod.ts';
import type { BusKeys } from '@flotilla/runtime/identity/bus-keys.ts';
import { readClaims } from '@flotilla/runtime/identity/jwt.ts';
import { serverIdentityText } from '@flotilla/runtime/identity/server-identity.ts';

export const CREDENTIAL_PARTS = ['nats', 'redis', 'audit'] as const;
export type CredentialPart = (typeof CREDENTIAL_PARTS)[number];

/** Where the bus keeps the claims of accounts: on the volume that the chart mounts into its pods. */
const BUS_ACCOUNTS_FOLDER = '/data/accounts';
/** Label of the Secrets with the keys of one bus. Keys whose labels differ do not fit each other. The value is the public half of the root key. */
const BUS_KEYS_LABEL = 'flotilla.dev/bus-keys';

/** A Secret that versions of before made, whose bus kept its streams where new keys do not find them. */
const FORMER_BUS_SECRET = 'flotilla-nats-operator';

/** A source of secrets: each call gives a new one. */
export interface SecretMaker {
  password(): string;
  /** Ed25519 private key, PKCS #8 in PEM. */
  signingKeyPem(): string;
  busKeys(): BusKeys;
}

export interface CredentialSecrets {
  /** Each stands alone. */
  readonly single: readonly KubeManifest[];
  /** Undefined when the part `nats` is not wanted. */
  readonly busKeys: BusKeyManifests | undefined;
}

/** The keys of one bus. */
export interface BusKeyManifests {
  /** Needed to sign other keys, and by no pod. A person may keep it outside the cluster. */
  readonly root: KubeManifest;
  /** Those that pods mount. The bus' own is the last, so no bus starts with a part of the keys. */
  readonly mounted: readonly KubeManifest[];
  /** Never created: its name tells whether a bus of before is there. */
  readonly former: KubeManifest;
}

/** Every Secret of these parts, each with values of its own. */
export function credentialSecrets(namespace: string, parts: readonly CredentialPart[], make: SecretMaker): CredentialSecrets {
  return {
    single: parts.flatMap((part) => secretsOf(part, make).map(({ name, data }) => manifest(namespace, name, data))),
    busKeys: parts.includes('nats') ? busKeyManifests(namespace, make.busKeys()) : undefined,
  };
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
      return [login(BUS_CLUSTER_SECRET.name, BUS_CLUSTER_SECRET.user)];
    case 'redis':
      return STORE_START_USERS.map(({ name }) => login(storeSecretName(name), name));
    default:
      return [{ name: AUDIT_KEY_SECRET.name, data: { [AUDIT_KEY_SECRET.key]: make.signingKeyPem() } }];
  }
}

function busKeyManifests(namespace: string, keys: BusKeys): BusKeyManifests {
  const labels = { [BUS_KEYS_LABEL]: readClaims(keys.server.operatorJwt).issuer };
  const secret = (of: keyof typeof BUS_KEY_SECRETS, text: string): KubeManifest => {
    const { name, key } = BUS_KEY_SECRETS[of];
    return manifest(namespace, name, { [key]: text }, labels);
  };
  return {
    root: secret('root', keys.rootSeed),
    mounted: [
      secret('callout', JSON.stringify(keys.callout)),
      secret('operator', JSON.stringify(keys.operator)),
      secret('server', serverIdentityText(keys.server, BUS_ACCOUNTS_FOLDER)),
    ],
    former: manifest(namespace, FORMER_BUS_SECRET, {}),
  };
}

/** Helm does not manage the Secret, so an uninstall leaves it, as well as the volumes whose content it opens. */
function manifest(
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> = {},
): KubeManifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace,
      labels: { 'app.kubernetes.io/part-of': 'flotilla', 'app.kubernetes.io/managed-by': 'flotilla-credentials', ...labels },
    },
    type: 'Opaque',
    stringData: data,
  };
}
