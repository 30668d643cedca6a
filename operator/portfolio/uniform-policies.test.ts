import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execReport } from '../testing/objects.ts';
import { makeUniformPolicies } from './uniform-policies.ts';

const OLD = 'a'.repeat(64);
const NEW = 'b'.repeat(64);
const runs = (portfolio: string, ...versions: readonly (readonly [string, string])[]) =>
  execReport(
    portfolio,
    versions.map(([name, hash]) => ({ name, hash })),
  );

test('makeUniformPolicies: names a policy once, when the last exec has adopted it', () => {
  const becomeUniform = makeUniformPolicies();
  assert.deepEqual(becomeUniform([runs('p', ['x', OLD]), runs('q', ['x', OLD], ['y', OLD])]), ['x', 'y']);
  assert.deepEqual(becomeUniform([runs('p', ['x', OLD]), runs('q', ['x', OLD], ['y', OLD])]), []);
  assert.deepEqual(becomeUniform([runs('p', ['x', NEW]), runs('q', ['x', OLD], ['y', OLD])]), []);
  assert.deepEqual(becomeUniform([runs('p', ['x', NEW]), runs('q', ['x', NEW], ['y', OLD])]), ['x']);
});

test('makeUniformPolicies: names it again, when all went back to what they ran', () => {
  const becomeUniform = makeUniformPolicies();
  becomeUniform([runs('p', ['x', OLD]), runs('q', ['x', OLD])]);
  becomeUniform([runs('p', ['x', NEW]), runs('q', ['x', OLD])]);
  assert.deepEqual(becomeUniform([runs('p', ['x', OLD]), runs('q', ['x', OLD])]), ['x']);
});

test('makeUniformPolicies: names it, when the only one with other limits is heard no more', () => {
  const becomeUniform = makeUniformPolicies();
  becomeUniform([runs('p', ['x', NEW]), runs('q', ['x', OLD])]);
  assert.deepEqual(becomeUniform([runs('p', ['x', NEW])]), ['x']);
});
