import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import type { Session } from '../session/session.ts';
import { printTenantManifest } from './tenant-manifest.ts';

interface Printed {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly subjects?: readonly object[];
}

function sessionOf(output: Session['output'], operatorUser?: string): { readonly session: Session; readonly text: () => string } {
  const lines: string[] = [];
  const terminal = { print: (line: string) => void lines.push(line) };
  const context = { namespace: 'trading', operatorUser };
  return { session: { context, output, terminal } as unknown as Session, text: () => lines.join('\n') };
}

const SERVICE_ACCOUNT = { kind: 'ServiceAccount', name: 'flotilla-operator', namespace: 'trading' };

test('printTenantManifest: prints each object as a document, with the ServiceAccount of the operator as the subject', () => {
  const { session, text } = sessionOf('table');
  printTenantManifest(session, 'desk');
  const objects = parseAllDocuments(text()).map((document) => document.toJS() as Printed);
  assert.deepEqual(
    objects.map(({ kind, metadata: { name, namespace } }) => `${namespace}/${kind}/${name}`),
    [
      'desk/Role/flotilla-operator',
      'desk/RoleBinding/flotilla-operator',
      'desk/ServiceAccount/flotilla-reader',
      'desk/NetworkPolicy/flotilla-default-deny',
    ],
  );
  assert.deepEqual(objects[1]?.subjects, [SERVICE_ACCOUNT]);
});

test('printTenantManifest: prints one List for programs, with the user that the operator of a local cluster is', () => {
  const { session, text } = sessionOf('json', 'flotilla-local-operator');
  printTenantManifest(session, 'desk');
  const list = JSON.parse(text()) as { readonly kind: string; readonly items: readonly Printed[] };
  assert.equal(list.kind, 'List');
  assert.deepEqual(list.items[1]?.subjects, [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'flotilla-local-operator' }]);
});

test('printTenantManifest: refuses the namespace of the operator, and takes its own when the operator lives elsewhere', () => {
  const { session, text } = sessionOf('json');
  assert.throws(() => printTenantManifest(session, 'trading'), /expected another namespace than the operator's own, found trading/);
  assert.throws(() => printTenantManifest(session, 'platform', 'platform'), /found platform/);
  assert.equal(text(), '');
  printTenantManifest(session, 'trading', 'platform');
  const list = JSON.parse(text()) as { readonly items: readonly Printed[] };
  assert.deepEqual(list.items[1]?.subjects, [{ ...SERVICE_ACCOUNT, namespace: 'platform' }]);
});
