/** Measures how long a pod needs to connect: its token to the callout, the callout's lookup, and the answer. */
import { spawn } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUS_TOKEN_AUDIENCE } from '@flotilla/contracts/access/bus-token.ts';
import { openPrincipalRecords } from '@flotilla/operator/identity/principal-records.ts';
import { tokenLogin } from '@flotilla/runtime/identity/login.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { openRawLogin } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { freePort } from '@flotilla/runtime/testing/free-port.ts';
import { agentMember, type Installation, NAMESPACE } from './installation.ts';

const CALLOUT = join(import.meta.dirname, '../../operator/callout/main.ts');
const ISSUER = 'https://kubernetes.default.svc';
const KEY_BITS = 2_048;

/** Milliseconds of each connect. The installation needs the callout's sentinel. */
export async function measureConnect(installation: Installation, strategy: string, count: number): Promise<readonly number[]> {
  const { server, admin, pusher } = installation;
  const member = agentMember(strategy);
  await pusher.converge([member]);
  const issuer = generateKeyPairSync('rsa', { modulusLength: KEY_BITS });
  const jwk = { ...issuer.publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'RS256' } as { readonly kty: string };
  await openPrincipalRecords(admin, NAMESPACE).writeTokenKeys({ schemaVersion: 1, issuer: ISSUER, keys: [jwk] });
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-bench-'));
  const port = await freePort();
  const callout = spawn(process.execPath, [CALLOUT], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      NATS_URL: server.url,
      FLOTILLA_BUS_IDENTITY_FILE: server.identity.calloutFile(folder),
      LOG_LEVEL: 'error',
      PORT: String(port),
    },
  });
  try {
    await eventually('the callout is ready', async () => (await fetch(`http://127.0.0.1:${port}/ready`)).status === 200);
    const token = signToken(issuer.privateKey, member.serviceAccount);
    const times: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const startedMs = performance.now();
      const connection = await openRawLogin(server.url, tokenLogin(token), false);
      times.push(performance.now() - startedMs);
      await connection.close();
    }
    return times;
  } finally {
    callout.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

/** As the API server signs the token of a pod. */
function signToken(key: KeyObject, serviceAccount: string): string {
  const claims = {
    iss: ISSUER,
    aud: [BUS_TOKEN_AUDIENCE],
    exp: Math.floor(Date.now() / 1_000) + 3_600,
    'kubernetes.io': { namespace: NAMESPACE, serviceaccount: { name: serviceAccount } },
  };
  const signed = [{ alg: 'RS256', kid: 'bench' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}
