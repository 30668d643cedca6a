import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RESOURCES } from '../resources/catalogue.ts';
import { apiRequests, describeApiRequest } from './api-denials.ts';

const described = apiRequests('trading', 'kube-system').map(describeApiRequest);

test('apiRequests: asks about each verb, and about each name of the objects that have one', () => {
  for (const wanted of [
    'get secrets/flotilla-bus-operator in trading',
    'get secrets/flotilla-audit-signing-key in trading',
    'list secrets in trading',
    'create pods/exec in trading',
    'create serviceaccounts/flotilla-operator/token in trading',
    'create rolebindings.rbac.authorization.k8s.io in trading',
    'list secrets in kube-system',
    'impersonate users',
    'delete killswitches.flotilla.dev',
    'patch strategies.flotilla.dev/status in trading',
  ])
    assert.ok(described.includes(wanted), wanted);
});

test('apiRequests: asks about no request twice, and about every kind of Flotilla', () => {
  assert.deepEqual(
    described.filter((one, index) => described.indexOf(one) !== index),
    [],
  );
  for (const { plural } of RESOURCES)
    assert.ok(
      described.some((one) => one.startsWith(`create ${plural}.flotilla.dev`)),
      plural,
    );
});
