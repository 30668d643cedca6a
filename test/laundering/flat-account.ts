/**
 * The known-bad variant: all users in one account, with the same rights as permissions. The suite must find its holes, or the suite proves nothing.
 */
import { pushSubject } from '@flotilla/contracts/access/core-account.ts';
import { type Member, MEMBERS, rightsOf } from './cast.ts';

/** Accounts of a configuration file: passwords are the members' names. */
export function renderFlatAccount(coreHash: string): string {
  const users = MEMBERS.map((member) => {
    const { publish, hear, answer, ask } = rightsOf(member, coreHash);
    const permissions = {
      publish: { allow: [...publish, ...ask] },
      subscribe: { allow: ['_INBOX.>', ...hear.map(pushSubject), ...answer] },
      ...(answer.length > 0 ? { allow_responses: true } : {}),
    };
    return { user: member, password: member, permissions };
  });
  return `authorization: ${JSON.stringify({ users: [...users, { user: 'admin', password: 'admin' }] })}\nno_auth_user: admin`;
}

export function flatLogin(member: Member): () => { readonly user: string; readonly pass: string } {
  return () => ({ user: member, pass: member });
}
