import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BINARY_NAMES } from './catalogue.ts';
import { pinned } from './pinned.ts';
import { findVersion, isAccepted, requiredVersion } from './version.ts';

const TEXTS = [
  { text: 'Kubernetes v1.36.3', version: { major: 1, minor: 36 } },
  { text: 'nats-server: v2.15.2', version: { major: 2, minor: 15 } },
  { text: 'etcd Version: 3.6.8\nGo Version: go1.26', version: { major: 3, minor: 6 } },
  { text: 'v3.22.0+gabc', version: { major: 3, minor: 22 } },
  { text: 'no version here', version: undefined },
] as const;

for (const { text, version } of TEXTS) {
  test(`findVersion: reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual(findVersion(text), version);
  });
}

const ACCEPTED = [
  { found: '1.36.9', accepts: 'same-minor', ok: true, reason: 'patches do not matter' },
  { found: '1.37.0', accepts: 'same-minor', ok: false, reason: 'the control plane is of one minor version' },
  { found: '1.37.0', accepts: 'same-major-or-later-minor', ok: true, reason: 'later is fine' },
  { found: '1.35.0', accepts: 'same-major-or-later-minor', ok: false, reason: 'older lacks what we use' },
  { found: '2.40.0', accepts: 'same-major-or-later-minor', ok: false, reason: 'another major may break us' },
] as const;

for (const { found, accepts, ok, reason } of ACCEPTED) {
  test(`isAccepted: ${ok ? 'takes' : 'refuses'} ${found} for 1.36 (${accepts}), because ${reason}`, () => {
    assert.equal(isAccepted(findVersion(found)!, { major: 1, minor: 36 }, accepts), ok);
  });
}

test('requiredVersion: finds the module itself, not one whose name begins the same', () => {
  const goMod = 'require (\n\tk8s.io/kubernetes-x v0.1.0\n\tk8s.io/kubernetes v1.36.3\n)\nrequire a.b/c v9.9.9 // indirect\n';
  assert.equal(requiredVersion(goMod, 'k8s.io/kubernetes'), 'v1.36.3');
  assert.equal(requiredVersion(goMod, 'a.b/c'), 'v9.9.9');
  assert.equal(requiredVersion(goMod, 'k8s.io'), undefined);
});

test('pinned: names version and content of the build in the cache, for every program', () => {
  for (const name of BINARY_NAMES) assert.match(pinned(name).cacheName, new RegExp(`^${name}-v\\d+\\.\\d+\\.\\d+-[0-9a-f]{12}$`));
});

test('pinned: gives the real node the same Kubernetes as the control plane', () => {
  assert.equal(pinned('kubelet').version, pinned('kube-apiserver').version);
});
