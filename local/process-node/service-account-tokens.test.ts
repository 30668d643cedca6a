import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { ClusterError } from '@flotilla/kube/mod.ts';
import { givenPod, NOW_MS, PLACE } from '../testing/given.ts';
import { makePodVolumes } from './pod-volumes.ts';
import { makeServiceAccountTokens } from './service-account-tokens.ts';

const LIFETIME_S = 3_600;
const AUDIENCE = 'flotilla-bus';
const POD = givenPod({
  serviceAccountName: 'momentum-agent',
  volumes: [
    {
      name: 'bus',
      projected: { sources: [{ serviceAccountToken: { audience: AUDIENCE, expirationSeconds: LIFETIME_S, path: 'token' } }] },
    },
  ],
});

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: { readonly spec: Readonly<Record<string, unknown>> };
}

/** An API server that numbers its tokens, and a clock that the test sets. */
function givenNode(context: TestContext) {
  const podsDir = mkdtempSync(join(tmpdir(), 'flotilla-tokens-'));
  context.after(() => rmSync(podsDir, { recursive: true }));
  const asked: Asked[] = [];
  const node = { nowMs: NOW_MS, away: false };
  const raw = (request: unknown): Promise<unknown> => {
    if (node.away) return Promise.reject(new ClusterError('the API server is away', { statusCode: 0 }));
    asked.push(request as Asked);
    const expirationTimestamp = formatTime(node.nowMs + LIFETIME_S * 1_000);
    return Promise.resolve({ status: { token: `token-${asked.length}`, expirationTimestamp } });
  };
  const volumes = makePodVolumes({
    cluster: { find: () => Promise.resolve(undefined) },
    podsDir,
    objects: { read: () => Promise.resolve({ configMap: () => undefined, secret: () => undefined }), forget: () => undefined },
    tokens: makeServiceAccountTokens({ raw }, { nowMs: () => node.nowMs }),
  });
  let file = '';
  return {
    asked,
    /** Prepares the volumes after this part of the token's lifetime, and reads the file at the path that the container has. */
    async tokenAfter(part: number, away = false): Promise<string> {
      node.nowMs = NOW_MS + part * LIFETIME_S * 1_000;
      node.away = away;
      const { folders } = await volumes.prepare(POD, PLACE);
      const path = join(folders.get('bus') ?? '', 'token');
      if (file === '') file = path;
      assert.equal(path, file, 'the file stays where it is');
      return readFileSync(file, 'utf8');
    },
  };
}

test('makeServiceAccountTokens: asks for the audience and the lifetime of the volume, bound to the pod', async (context) => {
  const node = givenNode(context);
  assert.equal(await node.tokenAfter(0), 'token-1');
  const [{ method, path, body } = { method: '', path: '', body: { spec: {} } }] = node.asked;
  assert.deepEqual([method, path], ['POST', '/api/v1/namespaces/trading/serviceaccounts/momentum-agent/token']);
  assert.deepEqual(body.spec, {
    audiences: [AUDIENCE],
    expirationSeconds: LIFETIME_S,
    boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: POD.metadata.name, uid: POD.metadata.uid },
  });
});

test('makeServiceAccountTokens: replaces the file in place, when four fifths of the lifetime are over', async (context) => {
  const node = givenNode(context);
  assert.equal(await node.tokenAfter(0), 'token-1');
  assert.equal(await node.tokenAfter(0.79), 'token-1');
  assert.equal(await node.tokenAfter(0.81), 'token-2');
  assert.equal(await node.tokenAfter(0.82), 'token-2');
});

test('makeServiceAccountTokens: keeps the old token while the API server is away', async (context) => {
  const node = givenNode(context);
  assert.equal(await node.tokenAfter(0), 'token-1');
  assert.equal(await node.tokenAfter(0.9, true), 'token-1');
  assert.equal(await node.tokenAfter(0.91), 'token-2');
});

test('makeServiceAccountTokens: asks for a token of its own for each audience, when a volume has two', async (context) => {
  const asked: (readonly string[])[] = [];
  const raw = (request: unknown): Promise<unknown> => {
    const { audiences } = (request as { readonly body: { readonly spec: { readonly audiences: readonly string[] } } }).body.spec;
    asked.push(audiences);
    return Promise.resolve({ status: { token: `for ${audiences.join()}`, expirationTimestamp: formatTime(NOW_MS + LIFETIME_S * 1_000) } });
  };
  const tokenOf = (audience: string, path: string) => ({ serviceAccountToken: { audience, expirationSeconds: LIFETIME_S, path } });
  const sources = [tokenOf(AUDIENCE, 'token'), tokenOf(`${AUDIENCE}-normaliser`, 'normaliser-token')];
  const pod = givenPod({ serviceAccountName: 'flotilla-gateway', volumes: [{ name: 'bus', projected: { sources } }] });
  const podsDir = mkdtempSync(join(tmpdir(), 'flotilla-tokens-'));
  context.after(() => rmSync(podsDir, { recursive: true }));
  const volumes = makePodVolumes({
    cluster: { find: () => Promise.resolve(undefined) },
    podsDir,
    objects: { read: () => Promise.resolve({ configMap: () => undefined, secret: () => undefined }), forget: () => undefined },
    tokens: makeServiceAccountTokens({ raw }, { nowMs: () => NOW_MS }),
  });
  const folder = (await volumes.prepare(pod, PLACE)).folders.get('bus') ?? '';
  assert.deepEqual(asked, [[AUDIENCE], [`${AUDIENCE}-normaliser`]]);
  assert.deepEqual(
    ['token', 'normaliser-token'].map((file) => readFileSync(join(folder, file), 'utf8')),
    ['for flotilla-bus', 'for flotilla-bus-normaliser'],
  );
});
