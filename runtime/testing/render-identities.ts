/** The permission matrix as configuration text for the test servers. Passwords are the user names. */
import { IDENTITIES, IDENTITY_NAMES } from '@flotilla/contracts';

/** An `authorization` block of nats-server; JSON is a part of its syntax. */
export function renderBusUsers(): string {
  const users = IDENTITY_NAMES.map((name) => {
    const { publish, publishDeny, subscribe, allowResponses } = IDENTITIES[name].bus;
    const permissions = {
      publish: { allow: publish, deny: publishDeny },
      subscribe: { allow: subscribe },
      ...(allowResponses ? { allow_responses: true } : {}),
    };
    return { user: name, password: name, permissions };
  });
  return `authorization: ${JSON.stringify({ users }, undefined, 1)}`;
}

/** `user` lines of redis.conf; the default user is off. */
export function renderStoreUsers(): string {
  const lines = IDENTITY_NAMES.flatMap((name) => {
    const rights = IDENTITIES[name].store;
    if (rights === undefined) return [];
    const keys = rights.keyPatterns.map((pattern) => `~${pattern}`);
    const commands = rights.commands.map((command) => `+${command}`);
    return [['user', name, 'on', `>${name}`, 'resetkeys', ...keys, 'resetchannels', '-@all', ...commands].join(' ')];
  });
  return ['user default off', ...lines].join('\n');
}
