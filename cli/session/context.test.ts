import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveContext } from './context.ts';

const local = {
  kubeconfig: '/l/kubeconfig',
  kubectl: '/l/kubectl',
  namespace: 'lab',
  natsUrl: 'nats://127.0.0.1:4222',
  gatewayUrl: 'http://127.0.0.1:8001/',
  operatorUser: 'flotilla-operator',
};

test('resolveContext: takes the local cluster, when nothing else is said', () => {
  const context = resolveContext({ flags: {}, environment: {}, local });
  assert.deepEqual(context, {
    ...local,
    gatewayUrl: 'http://127.0.0.1:8001',
    person: undefined,
    natsToken: undefined,
    natsCredsFile: undefined,
  });
});

test('resolveContext: prefers flags to the environment, and the environment to the local cluster', () => {
  const environment = { KUBECONFIG: '/e/kubeconfig', FLOTILLA_NAMESPACE: 'env', FLOTILLA_GATEWAY_URL: '' };
  const context = resolveContext({ flags: { namespace: 'flag' }, environment, local });
  assert.equal(context.namespace, 'flag');
  assert.equal(context.kubeconfig, '/e/kubeconfig');
  assert.equal(context.gatewayUrl, 'http://127.0.0.1:8001', 'an empty variable is none');
});

test('resolveContext: takes the login at the bus from the environment alone', () => {
  const context = resolveContext({ flags: {}, environment: { FLOTILLA_NATS_TOKEN: 't', FLOTILLA_NATS_CREDS_FILE: '' }, local });
  assert.deepEqual([context.natsToken, context.natsCredsFile], ['t', undefined]);
});

test('resolveContext: takes the person of the flag before the person of the environment', () => {
  const environment = { FLOTILLA_PERSON: 'alice' };
  assert.equal(resolveContext({ flags: {}, environment, local }).person, 'alice');
  assert.equal(resolveContext({ flags: { person: 'bob' }, environment, local }).person, 'bob');
});

test('resolveContext: leaves the cluster to kubectl, when there is no local one', () => {
  const context = resolveContext({ flags: {}, environment: {}, local: {} });
  assert.deepEqual(
    { kubectl: context.kubectl, kubeconfig: context.kubeconfig, namespace: context.namespace, natsUrl: context.natsUrl },
    { kubectl: 'kubectl', kubeconfig: undefined, namespace: 'trading', natsUrl: undefined },
  );
});
