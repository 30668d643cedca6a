import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { loadConfig } from '@flotilla/runtime/config.ts';
import { operatorSettingsSchema } from '../settings.ts';
import { tenantSelection } from './tenant-settings.ts';

const REQUIRED = {
  NATS_URL: 'nats://bus:4222',
  FLOTILLA_NATS_URL: 'nats://bus:4222',
  FLOTILLA_REDIS_URL: 'redis://store:6379',
  FLOTILLA_BUS_IDENTITY_FILE: '/keys',
  FLOTILLA_NAMESPACE: 'trading',
  POD_NAME: 'operator-0',
};
const load = (variables: Readonly<Record<string, string>>) =>
  tenantSelection(loadConfig('operator', operatorSettingsSchema, { ...REQUIRED, ...variables }));

test('tenantSelection: reads names, a label selector, or every namespace', () => {
  assert.equal(load({}), undefined);
  assert.deepEqual(load({ FLOTILLA_TENANT_NAMESPACES: 'research, desk-b' }), {
    selection: { type: 'Names', names: ['research', 'desk-b'] },
    reads: 'Cluster',
  });
  assert.deepEqual(load({ FLOTILLA_TENANT_NAMESPACES: '*' }), { selection: { type: 'All' }, reads: 'Cluster' });
  assert.deepEqual(load({ FLOTILLA_TENANT_SELECTOR: 'flotilla.dev/tenant=true,team in (a, b)', FLOTILLA_TENANT_READS: 'Namespace' }), {
    selection: { type: 'Labels', selector: 'flotilla.dev/tenant=true,team in (a, b)' },
    reads: 'Namespace',
  });
});

const REFUSED: readonly (readonly [why: string, variables: Readonly<Record<string, string>>, message: RegExp])[] = [
  ['a name that no namespace has', { FLOTILLA_TENANT_NAMESPACES: 'Research' }, /FLOTILLA_TENANT_NAMESPACES/],
  ['a star beside a name', { FLOTILLA_TENANT_NAMESPACES: 'research,*' }, /expected names of namespaces, or \* alone/],
  ['an empty name', { FLOTILLA_TENANT_NAMESPACES: 'research,' }, /FLOTILLA_TENANT_NAMESPACES/],
  ['a selector that is none', { FLOTILLA_TENANT_SELECTOR: '{a: b}' }, /expected a label selector such as flotilla\.dev\/tenant=true/],
  [
    'names and a selector',
    { FLOTILLA_TENANT_NAMESPACES: 'research', FLOTILLA_TENANT_SELECTOR: 'a=b' },
    /FLOTILLA_TENANT_SELECTOR: expected names of namespaces or a label selector, found both/,
  ],
  [
    'every namespace without the right to read it',
    { FLOTILLA_TENANT_NAMESPACES: '*', FLOTILLA_TENANT_READS: 'Namespace' },
    /FLOTILLA_TENANT_READS: expected Cluster with FLOTILLA_TENANT_NAMESPACES=\*/,
  ],
];
for (const [why, variables, message] of REFUSED) {
  test(`tenantSelection: refuses ${why}`, () => {
    assert.throws(
      () => load(variables),
      (error: unknown) => error instanceof FlotillaError && error.code === 'CONFIG_INVALID' && message.test(error.message),
    );
  });
}
