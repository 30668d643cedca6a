/** The vectors of the Certificate Transparency reference implementation (google/certificate-transparency, merkletree/merkle_tree_test.cc). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { consistencyProof, verifyConsistency } from './consistency-proof.ts';
import { frontierRoot, growFrontier } from './frontier.ts';
import { EMPTY_ROOT, leafHash, nodeHash, type HashHex } from './hash.ts';
import { inclusionProof, verifyInclusion } from './inclusion-proof.ts';
import { splitPoint } from './subtree-root.ts';

const INPUTS = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const LEAVES = INPUTS.map((hex) => leafHash(Buffer.from(hex, 'hex')));
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const HASHES = {
  ab: '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
  cd: '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
  eight: '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  leaf0: '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
  leaf7: 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  three: 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
};

/** The recursive text of RFC 6962 §2.1, kept apart from the code under test. */
function oracle(leaves: readonly HashHex[]): HashHex {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leaves[0]!;
  const split = splitPoint(leaves.length);
  return nodeHash(oracle(leaves.slice(0, split)), oracle(leaves.slice(split)));
}

test('growFrontier: gives the reference roots, when the eight reference leaves are appended', () => {
  const frontier = growFrontier();
  assert.equal(frontier.root(), EMPTY_ROOT);
  for (const [index, leaf] of LEAVES.entries()) {
    frontier.append(leaf);
    assert.equal(frontier.root(), ROOTS[index], `size ${index + 1}`);
  }
});

test('inclusionProof: gives the reference paths, when asked for leaf 0 and 5 of 8', () => {
  assert.deepEqual(inclusionProof(LEAVES, 0), [HASHES.leaf0, HASHES.ab, HASHES.eight]);
  assert.deepEqual(inclusionProof(LEAVES, 5), [HASHES.leaf7, HASHES.three, ROOTS[3]]);
});

test('consistencyProof: gives the reference path, when 6 of 8 leaves are old', () => {
  assert.deepEqual(consistencyProof(LEAVES, 6), [HASHES.cd, HASHES.three, ROOTS[3]]);
  assert.deepEqual(consistencyProof(LEAVES, 1), [HASHES.leaf0, HASHES.ab, HASHES.eight]);
  assert.deepEqual(consistencyProof(LEAVES, 8), []);
});

test('growFrontier: equals the recursive definition, when stopped and resumed anywhere', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 90 }), (a, b) => {
      const leaves = numberedLeaves(a + b);
      const first = growFrontier();
      for (const leaf of leaves.slice(0, a)) first.append(leaf);
      const second = growFrontier(first.snapshot());
      for (const leaf of leaves.slice(a)) second.append(leaf);
      assert.equal(second.root(), oracle(leaves));
      assert.equal(frontierRoot(first.snapshot()), oracle(leaves.slice(0, a)));
    }),
  );
});

test('verifyInclusion: accepts every true proof and no altered one, when sizes run from 1 to 40', () => {
  for (let size = 1; size <= 40; size += 1) {
    const leaves = numberedLeaves(size);
    const root = oracle(leaves);
    for (let index = 0; index < size; index += 1) {
      const claim = { leaf: leaves[index]!, index, size, root, proof: inclusionProof(leaves, index) };
      assert.ok(verifyInclusion(claim), `${index} of ${size}`);
      assert.ok(!verifyInclusion({ ...claim, leaf: LEAVES[1]! }));
      assert.ok(!verifyInclusion({ ...claim, proof: [...claim.proof, root] }));
      assert.ok(!verifyInclusion({ ...claim, index: size }));
      if (size > 1) assert.ok(!verifyInclusion({ ...claim, index: (index + 1) % size }), `${index} of ${size} passed for its neighbour`);
    }
  }
});

test('verifyConsistency: accepts every true proof and no altered one, when sizes run from 1 to 40', () => {
  for (let newSize = 1; newSize <= 40; newSize += 1) {
    const leaves = numberedLeaves(newSize);
    const newRoot = oracle(leaves);
    for (let oldSize = 1; oldSize <= newSize; oldSize += 1) {
      const claim = { oldSize, oldRoot: oracle(leaves.slice(0, oldSize)), newSize, newRoot, proof: consistencyProof(leaves, oldSize) };
      assert.ok(verifyConsistency(claim), `${oldSize} to ${newSize}`);
      assert.ok(!verifyConsistency({ ...claim, oldRoot: LEAVES[1]! }), `${oldSize} to ${newSize} with another old root`);
      assert.ok(!verifyConsistency({ ...claim, newRoot: LEAVES[1]! }), `${oldSize} to ${newSize} with another new root`);
      assert.ok(!verifyConsistency({ ...claim, proof: [...claim.proof, newRoot] }));
    }
  }
});

function numberedLeaves(count: number): readonly HashHex[] {
  return Array.from({ length: count }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));
}
