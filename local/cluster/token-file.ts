/** Gives the token file of the local API server: its users with their tokens and groups. */
import { NODE_NAME } from '../identities/identity-names.ts';
import { TOKEN_HOLDERS, type TokenHolder } from '../identities/credentials.ts';

/** The user that the operator is to RBAC (`operator-rbac.ts`). */
export const OPERATOR_USER = 'flotilla-operator';

interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** Only the administrator is in `system:masters`; the others have what Kubernetes' own roles or ours give their name. */
const USERS: Readonly<Record<TokenHolder, User>> = {
  admin: { name: 'flotilla-admin', groups: ['system:masters'] },
  operator: { name: OPERATOR_USER, groups: [] },
  'process-node': { name: `system:node:${NODE_NAME}`, groups: ['system:nodes'] },
  'kube-controller-manager': { name: 'system:kube-controller-manager', groups: [] },
  'kube-scheduler': { name: 'system:kube-scheduler', groups: [] },
};

/** The text of the API server's `--token-auth-file`: token, user, uid, groups. */
export function tokenFile(tokens: Readonly<Record<TokenHolder, string>>): string {
  return TOKEN_HOLDERS.map((holder) => {
    const { name, groups } = USERS[holder];
    return `${tokens[holder]},${name},${holder},"${groups.join(',')}"\n`;
  }).join('');
}
