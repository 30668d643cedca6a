/** `flotilla tenants manifest`: the objects that a namespace needs before an operator of another namespace can serve it. */
import { OPERATOR_SERVICE_ACCOUNT } from '@flotilla/contracts/access/operator-rights.ts';
import { type OperatorSubject, tenantObjects } from '@flotilla/contracts/access/tenant-objects.ts';
import { stringify } from 'yaml';
import { CliError } from '../session/cli-error.ts';
import { printJson, type Session } from '../session/session.ts';

/** Prints YAML, or one JSON List for programs. @throws CliError for the operator's own namespace, which the chart prepares */
export function printTenantManifest(session: Session, namespace: string, operatorNamespace?: string): void {
  const { context, terminal, output } = session;
  const own = operatorNamespace ?? context.namespace;
  if (namespace === own)
    throw new CliError(`expected another namespace than the operator's own, found ${namespace}`, {
      hint: `The operator serves ${own} in any case. Name its namespace by --operator-namespace, when it is another one.`,
    });
  const objects = tenantObjects(namespace, operatorOf(context.operatorUser, own));
  if (output === 'json') printJson(session, { apiVersion: 'v1', kind: 'List', items: objects });
  else
    terminal.print(
      objects
        .map((object) => stringify(object))
        .join('---\n')
        .trimEnd(),
    );
}

function operatorOf(user: string | undefined, namespace: string): OperatorSubject {
  return user === undefined
    ? { kind: 'ServiceAccount', name: OPERATOR_SERVICE_ACCOUNT, namespace }
    : { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user };
}
