/** Holds the project to every hygiene rule, and every rule to a small project whose violations are known. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EXCEPTIONS_FOLDER, exceptionsPath, readExceptions } from './exceptions.ts';
import { targetOf } from './import-graph.ts';
import { isDeclaredPure, PURE_PLACES } from './pure-parts.ts';
import { readProject } from './read-project.ts';
import { ROOM_FOLDERS } from './rooms.ts';
import { RULES } from './rules.ts';
import { judgeViolations } from './violation.ts';

const root = join(import.meta.dirname, '../..');
const project = readProject(root);
const flawed = {
  ...readProject(join(import.meta.dirname, 'fixtures/project')),
  descriptions: [
    { field: 'Strategy spec.a', text: 'How.' },
    { field: 'Strategy spec.b', text: 'The first sentence is one. Since when.' },
    { field: 'Strategy spec.c', text: 'What decides.' },
    { field: 'Strategy spec.d', text: 'Time of the last change of `state`, RFC 3339. The agent that turns signals into targets.' },
  ],
};

/** The findings that each rule must have in `fixtures/project`, and no others. */
const FLAWS: Readonly<Record<string, readonly string[]>> = {
  rooms: ['kube/objects/object.ts kube/leader/elect.ts', 'operator/strategy/controller.ts operator/kill-switch/halt.ts'],
  'file-cycles': ['exec/orders/first.ts exec/orders/second.ts'],
  'folder-cycles': ['gateway'],
  'pure-parts': ['agents/runner/decide.ts', 'exec/checks/clocked.ts'],
  'function-length': ['exec lines71'],
  'file-headers': ['exec headless.ts'],
  'test-only-exports': ['exec/forgotten.ts forTestsAlone'],
  'factory-verbs': ['createLedger'],
  'time-format': ['exec/stamp.ts'],
  'plain-prose': ['docs riddle.md', 'exec message.ts', 'exec riddle.ts'],
  'field-descriptions': ['Strategy spec.a', 'Strategy spec.b', 'Strategy spec.c'],
};

for (const [rule, find] of Object.entries(RULES)) {
  test(`${rule}: hold for the whole project but for the listed exceptions, each of which still violates the rule`, () => {
    assert.deepEqual(judgeViolations(find(project), readExceptions(root, rule), exceptionsPath(rule)), []);
  });

  test(`${rule}: find each flaw of the fixture project and no other`, () => {
    assert.deepEqual(
      find(flawed)
        .map(({ key }) => key)
        .toSorted(),
      FLAWS[rule],
    );
  });
}

test('judgeViolations: refuses an exception that violates the rule no more, so that lists only shrink', () => {
  const violation = { key: 'a', message: 'a is wrong' };
  assert.deepEqual(judgeViolations([violation], ['a'], 'list'), []);
  assert.deepEqual(judgeViolations([violation], [], 'list'), ['a is wrong']);
  assert.match(judgeViolations([], ['a'], 'list')[0] ?? '', /"a" violates the rule no more/);
});

test('exceptions: every list belongs to a rule', () => {
  const folder = join(root, EXCEPTIONS_FOLDER);
  const lists = existsSync(folder) ? readdirSync(folder).map((name) => name.replace(/\.txt$/, '')) : [];
  assert.deepEqual(
    lists.filter((name) => !Object.hasOwn(RULES, name)),
    [],
  );
});

test('tables: every folder and pattern that a rule names exists', () => {
  assert.deepEqual(
    ROOM_FOLDERS.filter((folder) => !existsSync(join(root, folder))),
    [],
  );
  const files = globSync('*/**/*.ts', { cwd: root, exclude: ['node_modules/**'] });
  assert.deepEqual(PURE_PLACES.filter((place) => !files.some((file) => place.test(file))).map(String), []);
});

test('isDeclaredPure: reads the declaration in the header, in each form that is in use', () => {
  const at = (header: string, path = 'cli/x.ts') => isDeclaredPure({ path, header });
  for (const header of ['Rows. Pure.', 'Pure: rows out.', 'Rows; pure.', 'Rows: pure, and exact.', 'A pure function.'])
    assert.ok(at(header), header);
  for (const header of ['Folds (pure) and publishes.', 'Pure but for one read.', 'Measures purely.']) assert.ok(!at(header), header);
  assert.ok(at('', 'exec/checks/x.ts'));
  assert.ok(!at('Pure.', 'exec/checks/x.test.ts'));
});

test('targetOf: names the project file of an import, and nothing for a package', () => {
  assert.equal(targetOf('a/b/c.ts', '../d.ts'), 'a/d.ts');
  assert.equal(targetOf('a/b.ts', '@flotilla/kube'), 'kube/mod.ts');
  assert.equal(targetOf('a/b.ts', '@flotilla/kube/objects/x.ts'), 'kube/objects/x.ts');
  assert.equal(targetOf('a/b.ts', 'zod'), undefined);
});
