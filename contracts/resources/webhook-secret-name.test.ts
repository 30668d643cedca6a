import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWebhookSecretName } from './webhook-secret-name.ts';

const NAMES: readonly { readonly why: string; readonly name: string; readonly allowed: boolean }[] = [
  { why: 'the name ends in -webhook', name: 'desk-webhook', allowed: true },
  { why: 'the name ends in -webhook and has dots', name: 'desk.v2-webhook', allowed: true },
  { why: 'the suffix is the whole name', name: '-webhook', allowed: false },
  { why: 'the dash is missing', name: 'deskwebhook', allowed: false },
  { why: 'something follows the suffix', name: 'desk-webhook-tls', allowed: false },
  { why: 'the case differs', name: 'desk-Webhook', allowed: false },
  { why: 'the name is empty', name: '', allowed: false },
];

for (const { why, name, allowed } of NAMES) {
  test(`isWebhookSecretName: is ${allowed}, because ${why}`, () => assert.equal(isWebhookSecretName(name), allowed));
}

test('isWebhookSecretName: allows no Secret of the installation', () => {
  const own = ['flotilla-bus-root', 'flotilla-bus-server', 'flotilla-bus-operator', 'flotilla-audit-signing-key', 'flotilla-redis-exec'];
  assert.deepEqual(own.filter(isWebhookSecretName), []);
});
