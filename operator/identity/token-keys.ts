/** Publishes the keys by which the API server signs tokens of ServiceAccounts, so that the callout needs no API server. */
import type { TokenKeys } from '@flotilla/contracts/access/admission-record.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { Cluster } from '@flotilla/kube/mod.ts';
import { z } from 'zod';
import type { PrincipalRecords } from './principal-records.ts';

const ISSUER_PATH = '/.well-known/openid-configuration';
const KEYS_PATH = '/openid/v1/jwks';
/** The API server answers in no other form. */
const KEYS_TYPE = 'application/jwk-set+json';
/** A rotated key signs tokens as soon as the API server has restarted. */
const READ_MS_MIN = 15_000;

const issuerSchema = z.looseObject({ issuer: z.string().min(1) });
const keysSchema = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** The result reads at most every 15 s, and writes after a change. It throws a FlotillaError of the API server or of the bus. */
export function makeTokenKeysPublisher(
  cluster: Pick<Cluster, 'raw'>,
  records: Pick<PrincipalRecords, 'writeTokenKeys'>,
  clock: Pick<Clock, 'monotonicMs'>,
): () => Promise<void> {
  let written = '';
  let readAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.monotonicMs() - readAtMs < READ_MS_MIN) return;
    const tokenKeys = await readTokenKeys(cluster);
    const text = JSON.stringify(tokenKeys);
    if (text !== written) await records.writeTokenKeys(tokenKeys);
    written = text;
    readAtMs = clock.monotonicMs();
  };
}

async function readTokenKeys(cluster: Pick<Cluster, 'raw'>): Promise<TokenKeys> {
  const issuer = issuerSchema.safeParse(await cluster.raw({ method: 'GET', path: ISSUER_PATH }));
  const keys = keysSchema.safeParse(await cluster.raw({ method: 'GET', path: KEYS_PATH, accept: KEYS_TYPE }));
  if (!issuer.success || !keys.success)
    throw new FlotillaError(
      'CLUSTER_UNAVAILABLE',
      `expected issuer and keys of ServiceAccount tokens from ${KEYS_PATH}, found another answer`,
    );
  return { schemaVersion: 1, issuer: issuer.data.issuer, keys: keys.data.keys };
}
