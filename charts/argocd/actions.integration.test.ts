/** Buttons of Argo CD, in its own Lua engine and in the layout of its own tests. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { CUSTOMIZATIONS } from './argocd-files.ts';
import { runLua } from './testing/judge-objects.ts';

interface ActionTests {
  readonly discoveryTests: readonly {
    readonly inputPath: string;
    readonly result: readonly { readonly name: string; readonly disabled: boolean }[];
  }[];
  readonly actionTests: readonly { readonly action: string; readonly inputPath: string; readonly expectedOutputPath: string }[];
}

const FOLDER = join(import.meta.dirname, '..', CUSTOMIZATIONS, 'Strategy', 'actions');
const text = (path: string): string => readFileSync(join(FOLDER, path), 'utf8');
const { discoveryTests, actionTests } = parse(text('action_test.yaml')) as ActionTests;

for (const { inputPath, result } of discoveryTests) {
  test(`discovery.lua: offers what would change something, for ${inputPath}`, () => {
    const found = runLua(text('discovery.lua'), parse(text(inputPath))) as Readonly<Record<string, { readonly disabled: boolean }>>;
    assert.deepEqual(found, Object.fromEntries(result.map(({ name, disabled }) => [name, { disabled }])));
  });
}

for (const { action, inputPath, expectedOutputPath } of actionTests) {
  test(`${action}/action.lua: changes the desired state and nothing else`, () => {
    assert.deepEqual(runLua(text(join(action, 'action.lua')), parse(text(inputPath))), parse(text(expectedOutputPath)));
  });
}

test('runLua: has no string library, as Argo CD runs it, so that what works here works there', () => {
  assert.throws(() => runLua('return string.len("x")', {}), /string|index/);
});
