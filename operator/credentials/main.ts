/** The credentials job: creates missing Secrets with the credentials of bus, store and audit log, and ends. */
import { generateKeyPairSync } from 'node:crypto';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { loadConfig } from '@flotilla/runtime/config.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { clusterAddress } from '../cluster-address.ts';
import { connectCluster } from '@flotilla/kube/mod.ts';
import { createMissing } from './create-missing.ts';
import { credentialSecrets, type SecretMaker } from './credential-secrets.ts';
import { credentialsSettingsSchema } from './settings.ts';

const SECRET_BYTES = 24;

const maker: SecretMaker = {
  password: () => Buffer.from(systemRng.bytes(SECRET_BYTES)).toString('base64url'),
  signingKeyPem: () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
};

try {
  const settings = loadConfig('credentials', credentialsSettingsSchema, process.env);
  const cluster = connectCluster({ from: clusterAddress(settings), clock: systemClock, userAgent: 'flotilla-credentials' });
  try {
    const secrets = credentialSecrets(settings.FLOTILLA_NAMESPACE, settings.FLOTILLA_CREDENTIALS, maker);
    const { created, kept } = await createMissing(cluster, secrets);
    process.stdout.write(`credentials: ${created.length} created, ${kept.length} were there${list(created)}\n`);
  } finally {
    await cluster.close();
  }
} catch (error) {
  process.stderr.write(`${error instanceof FlotillaError ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? '' : `: ${names.join(', ')}`;
}
