import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOKEN_HOLDERS, completeCredentials } from '../identities/credentials.ts';
import { OPERATOR_CLUSTER_RULES, OPERATOR_TENANT_RULES } from '@flotilla/contracts/access/operator-rights.ts';
import { tokenFile } from './token-file.ts';

function counter(): () => string {
  let count = 0;
  return () => `secret-${(count += 1)}`;
}

test('tokenFile: makes only the administrator a master', () => {
  const credentials = completeCredentials({}, [], counter());
  const lines = tokenFile(credentials.tokens).trimEnd().split('\n');
  assert.equal(lines.length, TOKEN_HOLDERS.length);
  assert.deepEqual(
    lines.filter((line) => line.includes('system:masters')).map((line) => line.split(',')[1]),
    ['flotilla-admin'],
  );
});

test('completeCredentials: keeps what is there and adds what is missing', () => {
  const known = completeCredentials({}, ['gateway'], counter());
  const more = completeCredentials(known, ['gateway', 'agents'], () => 'new');
  assert.deepEqual(more.tokens, known.tokens);
  assert.deepEqual(more.store, { gateway: known.store['gateway'], agents: 'new' });
});

test('operatorRbac: grants no wildcard verb, no escalation, and no secrets outside the tenant', () => {
  const rules: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[] = [
    ...OPERATOR_CLUSTER_RULES,
    ...OPERATOR_TENANT_RULES,
  ];
  for (const { verbs } of rules) for (const verb of ['*', 'escalate', 'bind', 'impersonate']) assert.ok(!verbs.includes(verb));
  for (const { resources } of OPERATOR_CLUSTER_RULES) assert.ok(!resources.includes('secrets'));
});
