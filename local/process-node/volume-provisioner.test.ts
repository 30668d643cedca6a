import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STORAGE_CLASS, STORAGE_PROVISIONER } from './storage-names.ts';
import { type Claim, leftFolder, type PersistentVolume, volumeFor } from './volume-provisioner.ts';

const CLAIM: Claim = {
  metadata: { name: 'audit', namespace: 'trading', uid: '0123456789' },
  spec: { storageClassName: STORAGE_CLASS, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
};

test('volumeFor: gives a claim a folder of its own, bound to it', () => {
  const volume = volumeFor(CLAIM, '/state/volumes');
  assert.equal(volume?.metadata.name, 'pvc-0123456789');
  const spec = volume?.['spec'] as { readonly hostPath: unknown; readonly capacity: unknown; readonly claimRef: { readonly uid: string } };
  assert.deepEqual(spec.hostPath, { path: '/state/volumes/trading_audit_01234567', type: 'DirectoryOrCreate' });
  assert.deepEqual(spec.capacity, { storage: '2Gi' });
  assert.equal(spec.claimRef.uid, '0123456789');
});

const OTHERS: readonly { readonly why: string; readonly claim: Claim }[] = [
  { why: 'it is of another class', claim: { ...CLAIM, spec: { ...CLAIM.spec, storageClassName: 'fast' } } },
  { why: 'it has a volume', claim: { ...CLAIM, spec: { ...CLAIM.spec, volumeName: 'pv' } } },
  { why: 'it is being deleted', claim: { ...CLAIM, metadata: { ...CLAIM.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } } },
];

for (const { why, claim } of OTHERS) {
  test(`volumeFor: leaves a claim alone, when ${why}`, () => {
    assert.equal(volumeFor(claim, '/state/volumes'), undefined);
  });
}

const RELEASED: PersistentVolume = {
  metadata: { name: 'pv', annotations: { 'pv.kubernetes.io/provisioned-by': STORAGE_PROVISIONER } },
  spec: { hostPath: { path: '/state/volumes/x' }, persistentVolumeReclaimPolicy: 'Delete' },
  status: { phase: 'Released' },
};

test('leftFolder: names the folder of a released volume of ours, and of no other', () => {
  assert.equal(leftFolder(RELEASED, '/state/volumes'), '/state/volumes/x');
  assert.equal(leftFolder({ ...RELEASED, status: { phase: 'Bound' } }, '/state/volumes'), undefined);
  assert.equal(leftFolder({ ...RELEASED, metadata: { name: 'pv' } }, '/state/volumes'), undefined);
  assert.equal(
    leftFolder({ ...RELEASED, spec: { ...RELEASED.spec, persistentVolumeReclaimPolicy: 'Retain' } }, '/state/volumes'),
    undefined,
  );
  assert.equal(leftFolder(RELEASED, '/elsewhere'), undefined, 'a folder outside of ours is never deleted');
});
