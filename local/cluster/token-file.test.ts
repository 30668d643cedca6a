import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOKEN_HOLDERS, completeCredentials } from '../identities/credentials.ts';
import {
  OPERATOR_CLUSTER_RULES,
  OPERATOR_OWN_RULES,
  OPERATOR_READING_RULES,
  OPERATOR_TENANT_RULES,
} from '@flotilla/contracts/access/operator-rights.ts';
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

test('operatorRbac: grants no wildcard verb, no escalation, and of Secrets their creation in the tenant, and the login of the gateway, alone', () => {
  const rules: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[] = [
    ...OPERATOR_CLUSTER_RULES,
    ...OPERATOR_READING_RULES,
    ...OPERATOR_TENANT_RULES,
    ...OPERATOR_OWN_RULES,
  ];
  for (const { verbs } of rules) for (const verb of ['*', 'escalate', 'bind', 'impersonate']) assert.ok(!verbs.includes(verb));
  for (const { resources } of OPERATOR_CLUSTER_RULES) assert.ok(!resources.includes('secrets'));
  // In the whole cluster the operator writes KillSwitches and events, which belong to no tenant, and asks what others may do.
  for (const { resources, verbs } of [...OPERATOR_CLUSTER_RULES, ...OPERATOR_READING_RULES])
    if (verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)))
      assert.ok(['killswitches', 'events', 'subjectaccessreviews'].includes(resources[0] ?? ''), String(resources));
  const ofSecrets = OPERATOR_TENANT_RULES.filter(({ resources }) => resources.includes('secrets'));
  assert.deepEqual(
    ofSecrets.map(({ verbs, resourceNames }) => [verbs, resourceNames]),
    [
      [['create'], undefined],
      [['patch'], ['flotilla-redis-gateway']],
    ],
  );
});
