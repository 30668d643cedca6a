/** The policy for the audit log of the API server that the docs give: a real API server takes it, and writes who was denied and no secret. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { findBinary } from '@flotilla/runtime/testing/find-binary.ts';
import { riskPolicy } from '../testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '../testing/operator-fixture.ts';

interface Entry {
  readonly level: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string };
  readonly objectRef?: { readonly resource: string; readonly subresource?: string; readonly name?: string };
  readonly responseStatus?: { readonly code: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

const folder = mkdtempSync(join(tmpdir(), 'flotilla-api-audit-'));
const log = join(folder, 'audit.log');
let fixture: OperatorFixture;

before(async () => {
  const policy = join(import.meta.dirname, '../../docs/how-to/api-server-audit-policy.yaml');
  fixture = await startOperatorFixture({ apiserverArgs: [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`] });
});
after(async () => {
  await fixture.stop();
  rmSync(folder, { recursive: true });
});

test('a person who is denied: the entry names the person, the object and the denial', async () => {
  const { code } = await kubectl('--as', 'mallory', 'delete', 'riskpolicies.flotilla.dev', 'conservative');
  assert.notEqual(code, 0);
  const entry = await entryOf(({ verb, objectRef }) => verb === 'delete' && objectRef?.resource === 'riskpolicies');
  assert.deepEqual([entry.impersonatedUser?.username, entry.objectRef?.name, entry.responseStatus?.code], ['mallory', 'conservative', 403]);
  assert.equal(entry.annotations?.['authorization.k8s.io/decision'], 'forbid');
});

test('a change of a limit: the entry has the person and what was written', async () => {
  await fixture.apply(riskPolicy);
  const entry = await entryOf(({ verb, objectRef }) => verb === 'patch' && objectRef?.resource === 'riskpolicies');
  assert.equal(entry.level, 'Request');
  assert.match(readFileSync(log, 'utf8'), /"maxDailyLoss":"25000"/);
});

test('a token and a Secret: the entries name who asked, and hold neither', async () => {
  await kubectl('create', 'serviceaccount', 'flotilla-reader');
  const { stdout: token } = await kubectl('create', 'token', 'flotilla-reader');
  await kubectl('create', 'secret', 'generic', 'key', '--from-literal=value=c2VjcmV0LXZhbHVl');
  assert.ok(token.length > 100);
  const asked = await entryOf(({ objectRef }) => objectRef?.subresource === 'token');
  assert.deepEqual([asked.level, asked.objectRef?.name], ['Metadata', 'flotilla-reader']);
  await entryOf(({ verb, objectRef }) => verb === 'create' && objectRef?.resource === 'secrets');
  const text = readFileSync(log, 'utf8');
  for (const secret of [token.trim(), 'c2VjcmV0LXZhbHVl', Buffer.from('c2VjcmV0LXZhbHVl').toString('base64')])
    assert.ok(!text.includes(secret));
});

function entryOf(isWanted: (entry: Entry) => boolean): Promise<Entry> {
  return eventually('the entry', () =>
    readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as Entry)
      .find(isWanted),
  );
}

function kubectl(...args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }> {
  return new Promise((resolve) => {
    const environment = { PATH: process.env['PATH'], KUBECONFIG: fixture.api.kubeconfigPath };
    execFile(findBinary('kubectl'), ['--namespace', 'trading', ...args], { env: environment }, (error, stdout) => {
      resolve({ code: error === null ? 0 : 1, stdout });
    });
  });
}
