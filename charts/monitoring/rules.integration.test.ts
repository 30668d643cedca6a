/** Prometheus' own promtool judges rules, their unit tests, and the queries of the dashboards. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { binaryPath } from '@flotilla/local/testing/binary-path.ts';
import { stringify } from 'yaml';
import { DASHBOARDS } from './monitoring-files.ts';
import { ruleFile } from './rule-file.ts';
import { ALERTS, ruleFileForTests, ruleTestFile } from './testing/rule-tests.ts';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-rules-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function promtool(...args: readonly string[]): string {
  return execFileSync(binaryPath('promtool'), [...args], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

test('rules: promtool finds each alert valid', () => {
  assert.match(
    promtool('check', 'rules', '--lint-fatal', write('alerts.yaml', ruleFile())),
    new RegExp(`SUCCESS: .*${ALERTS.length}|SUCCESS`),
  );
});

test('rules: every alert fires when it should and not when it should not, by promtool', () => {
  write('alerts-for-tests.yaml', ruleFileForTests());
  assert.match(promtool('test', 'rules', write('tests.yaml', ruleTestFile('alerts-for-tests.yaml'))), /SUCCESS/);
});

test('rules: promtool refuses a case that expects the wrong, so that the tests above can fail', () => {
  write('alerts-for-tests.yaml', ruleFileForTests());
  const wrong = ruleTestFile('alerts-for-tests.yaml').replace('severity: critical', 'severity: warning');
  assert.throws(() => promtool('test', 'rules', write('wrong.yaml', wrong)), /FAILED|exit/i);
});

test('dashboards: promtool parses every query', () => {
  const expressions = DASHBOARDS.flatMap(({ rows }) => rows).flatMap(({ panels }) => panels.flatMap(({ targets }) => targets));
  const rules = expressions.map(({ expression }, index) => ({
    record: `panel:query:${index}`,
    expr: expression.replaceAll('$__rate_interval', '5m').replaceAll('$namespace', '.*'),
  }));
  promtool('check', 'rules', write('panels.yaml', stringify({ groups: [{ name: 'panels', rules }] }, { lineWidth: 0 })));
});
