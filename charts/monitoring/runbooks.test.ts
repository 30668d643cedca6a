/** Holds the runbooks to the alerts: each alert has a page, each page has an alert, and every page has the same four sections. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RUNBOOK_BASE, ruleFile } from './rule-file.ts';
import { ALERTS } from './testing/rule-tests.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'runbooks');
const SECTIONS = ['## Meaning', '## Impact', '## Diagnosis', '## Mitigation'];
const pages = readdirSync(FOLDER).filter((name) => name.endsWith('.md') && name !== 'README.md');

test('runbooks: there is a page for each alert, and an alert for each page', () => {
  assert.deepEqual(pages.toSorted(), ALERTS.map(({ name }) => `${name}.md`).toSorted());
});

test('runbooks: every link of a rule leads to a page', () => {
  const links = [...ruleFile().matchAll(new RegExp(`runbook_url: ${RUNBOOK_BASE}/(\\S+)`, 'g'))].map(([, page = '']) => page);
  assert.equal(links.length, ALERTS.length);
  for (const link of links) assert.ok(pages.includes(link), link);
});

test('runbooks: the list names every page', () => {
  const list = readFileSync(join(FOLDER, 'README.md'), 'utf8');
  for (const page of pages) assert.ok(list.includes(`(${page})`), page);
});

for (const page of pages) {
  test(`runbooks: ${page} says what it means, whom it hurts, how to look and what to do`, () => {
    const text = readFileSync(join(FOLDER, page), 'utf8');
    assert.ok(text.startsWith(`# ${page.replace('.md', '')}\n`), 'title');
    const found = [...text.matchAll(/^## .*$/gm)].map(([line]) => line);
    assert.deepEqual(found, SECTIONS);
    assert.match(text, /```\n[\s\S]+?```/, 'a command to look with');
  });
}
