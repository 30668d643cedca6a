import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givenContainer, givenPod, givenRecord, running } from '../testing/given.ts';
import { nodePorts, type Service, type ServicePort, serviceTargets } from './service-targets.ts';

const WEB = givenContainer({ ports: [{ name: 'http', containerPort: 8080 }] });
const PORT: ServicePort = { port: 80, targetPort: 'http', nodePort: 8001 };
const SERVICE: Service = {
  metadata: { name: 'web', namespace: 'trading' },
  spec: { type: 'NodePort', selector: { app: 'web' }, ports: [PORT] },
};

function targets(metadata = {}, ready = true, service = SERVICE, port = PORT): readonly unknown[] {
  const pod = givenPod({ containers: [WEB] }, metadata);
  return serviceTargets(service, port, [{ pod, record: givenRecord(pod, { web: { state: running(), ready } }) }]);
}

test('serviceTargets: names the port of a ready pod that the selector matches', () => {
  assert.deepEqual(targets(), [{ address: '127.9.0.1', port: 8080 }]);
});

test('serviceTargets: takes a number as it is, and the service port when there is no target port', () => {
  assert.deepEqual(targets({}, true, SERVICE, { port: 80, targetPort: 9 }), [{ address: '127.9.0.1', port: 9 }]);
  assert.deepEqual(targets({}, true, SERVICE, { port: 80 }), [{ address: '127.9.0.1', port: 80 }]);
});

const NONE = [
  { why: 'the pod is not ready', found: () => targets({}, false) },
  { why: 'the pod is being deleted', found: () => targets({ deletionTimestamp: '2026-01-01T00:00:00Z' }) },
  { why: 'a label differs', found: () => targets({ labels: { app: 'other' } }) },
  { why: 'the namespace differs', found: () => targets({ namespace: 'default' }) },
  { why: 'the port has no such name', found: () => targets({}, true, SERVICE, { port: 80, targetPort: 'grpc' }) },
  { why: 'the service selects nothing', found: () => targets({}, true, { ...SERVICE, spec: { ...SERVICE.spec, selector: {} } }) },
] as const;

for (const { why, found } of NONE) {
  test(`serviceTargets: is empty, when ${why}`, () => {
    assert.deepEqual(found(), []);
  });
}

test('nodePorts: lists TCP ports of NodePort services only', () => {
  assert.deepEqual(nodePorts(SERVICE), [PORT]);
  assert.deepEqual(nodePorts({ ...SERVICE, spec: { ...SERVICE.spec, type: 'ClusterIP' } }), []);
  assert.deepEqual(nodePorts({ ...SERVICE, spec: { ...SERVICE.spec, ports: [{ ...PORT, protocol: 'UDP' }] } }), []);
});
