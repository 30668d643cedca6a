/** Every link of the documentation leads somewhere, and every page of docs/ can be reached from its README. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { brokenLinks, unreachablePages } from './markdown-links.ts';

const root = join(import.meta.dirname, '../..');
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: root, encoding: 'utf8' });
const pages = listed
  .trim()
  .split('\n')
  .filter((path) => !path.includes('fixtures/') && existsSync(join(root, path)))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

test('documentation: has no broken link', () => {
  assert.ok(pages.length > 50, `expected all pages of the project, found ${pages.length}`);
  assert.deepEqual(
    brokenLinks(pages, (path) => existsSync(join(root, path))),
    [],
  );
});

test('documentation: every page of docs/ can be reached from docs/README.md', () => {
  assert.deepEqual(unreachablePages(pages, 'docs/README.md'), []);
});

test('brokenLinks, unreachablePages: find a missing target and an orphan, and follow links through folders', () => {
  const few = [
    { path: 'docs/README.md', text: '[a](how-to/a.md) [site](https://example.org) [here](#x)\n```sh\n[not](a-link.md)\n```' },
    { path: 'docs/how-to/a.md', text: '[up](../README.md#top) [folder](../adr) [gone](b.md)' },
    { path: 'docs/adr/README.md', text: '' },
    { path: 'docs/orphan.md', text: '' },
  ];
  const paths = new Set([...few.map(({ path }) => path), 'docs/adr']);
  assert.deepEqual(
    brokenLinks(few, (path) => paths.has(path)),
    ['docs/how-to/a.md: links to docs/how-to/b.md, which does not exist'],
  );
  assert.deepEqual(unreachablePages(few, 'docs/README.md'), ['docs/orphan.md']);
});
