import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseApiRequest, signatureOf } from './api-request.ts';
import { concerns } from './fault-engine.ts';

const signature = (method: string, target: string, body = ''): string | undefined => {
  const request = parseApiRequest(method, target, body);
  return request === undefined ? undefined : signatureOf(request);
};
const NAMESPACED = '/apis/flotilla.dev/v1alpha1/namespaces/trading/strategies';

for (const [method, target, body, expected] of [
  ['GET', '/apis/flotilla.dev/v1alpha1/strategies?limit=500', '', 'list strategies'],
  ['GET', '/apis/flotilla.dev/v1alpha1/strategies?watch=true', '', 'watch strategies'],
  ['GET', '/api/v1/namespaces/trading/secrets/desk', '', 'get secrets/desk'],
  ['PATCH', `${NAMESPACED}/btc?fieldManager=x&force=true`, '{}', 'apply strategies/btc'],
  ['PATCH', `${NAMESPACED}/btc/status?fieldManager=x&force=true`, '{}', 'apply strategies/btc/status'],
  ['PATCH', '/apis/coordination.k8s.io/v1/namespaces/trading/leases/flotilla-operator', '{"spec":{}}', 'patch leases/flotilla-operator'],
  ['POST', '/api/v1/namespaces/trading/secrets', '{"metadata":{"name":"key"}}', 'create secrets/key'],
  [
    'POST',
    '/api/v1/namespaces/trading/secrets',
    '{"metadata":{"name":"btc-agent-key-0b7c5c0e-31f4-4a51-9c1a-6a5c0d0f8e11"}}',
    'create secrets/btc-agent-key-<uid>',
  ],
  ['POST', '/apis/events.k8s.io/v1/namespaces/trading/events', '{"metadata":{"name":"btc.17"}}', 'create events'],
  ['DELETE', '/apis/apps/v1/namespaces/trading/deployments/a', '{}', 'delete deployments/a'],
  ['GET', '/readyz', '', undefined],
] as const) {
  test(`parseApiRequest: gives ${expected ?? 'undefined'}, when the request is ${method} ${target}`, () =>
    assert.equal(signature(method, target, body), expected));
}

for (const [what, method, target, expected] of [
  ['apply strategies/btc', 'PATCH', `${NAMESPACED}/btc?force=true`, true],
  ['apply strategies/btc', 'PATCH', `${NAMESPACED}/btc/status?force=true`, false],
  ['apply strategies/b', 'PATCH', `${NAMESPACED}/btc?force=true`, false],
  ['apply strategies', 'PATCH', `${NAMESPACED}/btc?force=true`, true],
  ['write', 'PATCH', `${NAMESPACED}/btc?force=true`, true],
  ['write', 'GET', `${NAMESPACED}/btc`, false],
  ['write', 'POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', false],
  ['write', 'POST', '/api/v1/namespaces/trading/secrets', true],
  ['get', 'GET', `${NAMESPACED}/btc`, true],
  ['list', 'GET', NAMESPACED, true],
] as const) {
  test(`concerns: says ${expected}, when a fault at "${what}" meets ${method} ${target}`, () => {
    const request = parseApiRequest(method, target, '');
    assert.equal(request !== undefined && concerns(what, request), expected);
  });
}
