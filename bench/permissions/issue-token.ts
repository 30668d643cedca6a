/** Issues tokens of ServiceAccounts, as the API server does, for callouts that read the keys from the bus. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { BUS_TOKEN_AUDIENCE } from '@flotilla/contracts/access/bus-token.ts';
import { openPrincipalRecords } from '@flotilla/operator/identity/principal-records.ts';
import { type Installation, NAMESPACE } from './installation.ts';

const ISSUER = 'https://kubernetes.default.svc';
const KEY_BITS = 2_048;

/** Publishes a new key to the callouts. The result gives a token of a ServiceAccount, good for one hour. */
export async function startIssuing({ admin }: Pick<Installation, 'admin'>): Promise<(serviceAccount: string) => string> {
  const issuer = generateKeyPairSync('rsa', { modulusLength: KEY_BITS });
  const jwk = { ...issuer.publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'RS256' } as { readonly kty: string };
  await openPrincipalRecords(admin, NAMESPACE).writeTokenKeys({ schemaVersion: 1, issuer: ISSUER, keys: [jwk] });
  return (serviceAccount) => {
    const claims = {
      iss: ISSUER,
      aud: [BUS_TOKEN_AUDIENCE],
      exp: Math.floor(Date.now() / 1_000) + 3_600,
      'kubernetes.io': { namespace: NAMESPACE, serviceaccount: { name: serviceAccount } },
    };
    const signed = [{ alg: 'RS256', kid: 'bench' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${signed}.${sign('sha256', Buffer.from(signed), issuer.privateKey).toString('base64url')}`;
  };
}
