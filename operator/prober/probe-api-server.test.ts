import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterRequest } from '@flotilla/kube/mod.ts';
import { type ApiServerProbe, probeApiServer } from './probe-api-server.ts';

interface Review {
  readonly user: string;
  readonly groups: readonly string[];
  readonly resourceAttributes: { readonly verb: string; readonly resource: string };
}

/** Asks about the ServiceAccount `agent` of an authorizer that answers so, and keeps the requests in `sent`. */
function probe(answer: (resource: string) => unknown, sent: ClusterRequest[] = []): Promise<ApiServerProbe> {
  const raw = (request: ClusterRequest): Promise<unknown> => {
    sent.push(request);
    return Promise.resolve(answer((request.body as { readonly spec: Review }).spec.resourceAttributes.resource));
  };
  const { signal } = new AbortController();
  return probeApiServer({ cluster: { raw }, namespace: 'trading', clock: { sleep: () => Promise.resolve() }, signal }, 'agent');
}

const verdict = (allowed: boolean) => ({ status: { allowed } });

test('probeApiServer: creates a review for the ServiceAccount with the groups of its tokens', async () => {
  const sent: ClusterRequest[] = [];
  await probe((resource) => verdict(resource.startsWith('selfsubject')), sent);
  const first = sent[0] ?? assert.fail('expected a request');
  assert.deepEqual([first.method, first.path], ['POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews']);
  const { apiVersion, kind, spec } = first.body as { readonly apiVersion: string; readonly kind: string; readonly spec: Review };
  assert.deepEqual(
    [apiVersion, kind, spec.user],
    ['authorization.k8s.io/v1', 'SubjectAccessReview', 'system:serviceaccount:trading:agent'],
  );
  assert.deepEqual(spec.groups, ['system:serviceaccounts', 'system:serviceaccounts:trading', 'system:authenticated']);
});

test('probeApiServer: the denials of an authorizer that denies everything prove nothing', async () => {
  const { leaks, unanswered } = await probe(() => verdict(false));
  assert.deepEqual(leaks, []);
  assert.deepEqual(unanswered, [
    'API server: create selfsubjectaccessreviews.authorization.k8s.io',
    'API server: create selfsubjectrulesreviews.authorization.k8s.io',
  ]);
});

test('probeApiServer: one request that is allowed shows that the authorizer works', async () => {
  const { leaks, unanswered } = await probe((resource) => verdict(resource === 'selfsubjectrulesreviews'));
  assert.deepEqual([leaks, unanswered], [[], []]);
});

test('probeApiServer: an answer without a verdict is neither a denial nor a leak', async () => {
  for (const answer of [undefined, {}, { status: {} }, { status: { allowed: 'false' } }])
    await assert.rejects(
      probe(() => answer),
      { code: 'CLUSTER_UNAVAILABLE' },
    );
});
