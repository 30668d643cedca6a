/**
 * The credentials job: creates missing Secrets with the keys of the bus and the credentials of store and audit log, and ends.
 *
 * `--print` writes the Secrets as one List to the standard output instead, for a person who brings them into the cluster.
 */
import { generateKeyPairSync } from 'node:crypto';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { loadConfig } from '@flotilla/runtime/config.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { makeBusKeys } from '@flotilla/runtime/identity/bus-keys.ts';
import { retryWithBackOff } from '@flotilla/runtime/retry/retry-with-back-off.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { clusterAddress } from '../cluster-address.ts';
import { connectCluster, silentLogger } from '@flotilla/kube/mod.ts';
import { createBusKeys, type Retry } from './create-bus-keys.ts';
import { createMissing, type Outcome } from './create-missing.ts';
import { type CredentialSecrets, credentialSecrets, type SecretMaker } from './credential-secrets.ts';
import { type CredentialsSettings, credentialsSettingsSchema } from './settings.ts';

const SECRET_BYTES = 24;
/** The API server is away for 20 s or so while its only instance restarts. */
const TRIES_MAX = 12;
const DELAYS = { firstMs: 200, maxMs: 5_000 } as const;

const maker: SecretMaker = {
  password: () => Buffer.from(systemRng.bytes(SECRET_BYTES)).toString('base64url'),
  signingKeyPem: () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
  busKeys: () => makeBusKeys(systemRng, systemClock.nowMs()),
};

const retry: Retry = (work) =>
  retryWithBackOff(work, {
    operation: 'create the keys of the bus',
    clock: systemClock,
    rng: systemRng,
    logger: silentLogger,
    signal: new AbortController().signal,
    delays: DELAYS,
    triesMax: TRIES_MAX,
    isRetryable: ({ code }) => code === 'CLUSTER_UNAVAILABLE',
  });

// An eviction waits until the keys of the bus are complete. The kubelet ends a job that needs longer.
process.on('SIGTERM', () => undefined);

try {
  const settings = loadConfig('credentials', credentialsSettingsSchema, process.env);
  const secrets = credentialSecrets(settings.FLOTILLA_NAMESPACE, settings.FLOTILLA_CREDENTIALS, maker);
  process.stdout.write(process.argv.includes('--print') ? listOf(secrets) : report(await create(secrets, settings)));
} catch (error) {
  process.stderr.write(`${error instanceof FlotillaError ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function create({ single, busKeys }: CredentialSecrets, settings: CredentialsSettings): Promise<readonly Outcome[]> {
  const cluster = connectCluster({ from: clusterAddress(settings), clock: systemClock, userAgent: 'flotilla-credentials' });
  try {
    const keys = busKeys === undefined ? [] : [await createBusKeys(cluster, busKeys, retry)];
    return [...keys, await createMissing(cluster, single)];
  } finally {
    await cluster.close();
  }
}

function report(outcomes: readonly Outcome[]): string {
  const created = outcomes.flatMap((outcome) => outcome.created);
  const kept = outcomes.flatMap((outcome) => outcome.kept);
  const names = created.length === 0 ? '' : `: ${created.join(', ')}`;
  return `credentials: ${created.length} created, ${kept.length} were there${names}\n`;
}

function listOf({ single, busKeys }: CredentialSecrets): string {
  const keys = busKeys === undefined ? [] : [busKeys.root, ...busKeys.mounted];
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...keys, ...single] }, undefined, 2)}\n`;
}
