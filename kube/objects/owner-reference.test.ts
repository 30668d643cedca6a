import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byControllerUid, controllerReference, ownerKeys } from './owner-reference.ts';

const parents = { apiVersion: 'example.dev/v1', kind: 'Parent', plural: 'parents', namespaced: true };
const parent = { metadata: { name: 'p', namespace: 'n', uid: 'u' } };
const childOf = (apiVersion: string, kind: string, controller = true) => ({
  metadata: { name: 'c', namespace: 'n', ownerReferences: [{ apiVersion, kind, name: 'p', uid: 'u', controller }] },
});

test('controllerReference: names the owner as the one controller', () => {
  assert.deepEqual(controllerReference(parents, parent), {
    apiVersion: 'example.dev/v1',
    kind: 'Parent',
    name: 'p',
    uid: 'u',
    controller: true,
    blockOwnerDeletion: true,
  });
});

test('controllerReference: throws for an object that the server does not know', () => {
  assert.throws(() => controllerReference(parents, { metadata: { name: 'p' } }), /to have a uid, found none/);
});

test('ownerKeys: gives the key of the controller, also through another version of its group', () => {
  assert.deepEqual(ownerKeys(parents)(childOf('example.dev/v1', 'Parent')), ['n/p']);
  assert.deepEqual(ownerKeys(parents)(childOf('example.dev/v2', 'Parent')), ['n/p']);
  assert.deepEqual(ownerKeys({ ...parents, namespaced: false })(childOf('example.dev/v1', 'Parent')), ['p']);
});

test('ownerKeys: gives nothing for another kind, another group, an owner that does not control, no owner', () => {
  for (const child of [
    childOf('example.dev/v1', 'Other'),
    childOf('elsewhere.dev/v1', 'Parent'),
    childOf('example.dev/v1', 'Parent', false),
    parent,
  ]) {
    assert.deepEqual(ownerKeys(parents)(child), []);
  }
});

test('byControllerUid: indexes by the uid of the controller', () => {
  assert.deepEqual(byControllerUid(childOf('example.dev/v1', 'Parent')), ['u']);
  assert.deepEqual(byControllerUid(parent), []);
});
