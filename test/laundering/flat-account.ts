/**
 * The known-bad variant: the bus as it was before each identity had an account, with all users in one account and the same rights as permissions.
 * The suite must find its holes, or the suite proves nothing.
 */
import { pushSubject } from '@flotilla/contracts/access/core-account.ts';
import { IDENTITIES, IDENTITY_NAMES } from '@flotilla/contracts/access/identities.ts';

export function renderFlatAccount(): string {
  const users = IDENTITY_NAMES.map((name) => {
    const { publish, publishDeny, hear, answer, ask } = IDENTITIES[name].bus;
    const permissions = {
      publish: { allow: [...publish, ...ask], deny: publishDeny },
      subscribe: { allow: [`_INBOX_${name}.>`, ...hear.map(pushSubject), ...answer] },
      ...(answer.length > 0 ? { allow_responses: true } : {}),
    };
    return { user: name, password: name, permissions };
  });
  return `authorization: ${JSON.stringify({ users: [...users, { user: 'admin', password: 'admin' }] })}\nno_auth_user: admin`;
}
