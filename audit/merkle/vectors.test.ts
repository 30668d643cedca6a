/** The vectors of the Certificate Transparency reference implementation (google/certificate-transparency, merkletree/merkle_tree_test.cc). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from '@flotilla/contracts';
import fc from 'fast-check';
import { frontierRoot, growFrontier } from './frontier.ts';
import { EMPTY_ROOT, leafHash, nodeHash, type HashHex } from './hash.ts';

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

/** The recursive definition of RFC 6962 §2.1, kept apart from the code under test. */
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

/** The largest power of two below `size` (`k` in the RFC); `size` is at least 2. */
function splitPoint(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

test('growFrontier: ends by an assertion, when it is to go on from another number of roots than the size has bits', () => {
  for (const [size, count] of [
    [3, 1],
    [3, 3],
    [0, 1],
    [4, 2],
  ] as const) {
    assert.throws(() => growFrontier({ size, subtreeRoots: LEAVES.slice(0, count) }), AssertionError, `${count} roots of ${size} leaves`);
  }
});

function numberedLeaves(count: number): readonly HashHex[] {
  return Array.from({ length: count }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));
}
