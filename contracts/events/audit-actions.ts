/** Every action of an audit event, with its meaning and the details that it carries. The reference page comes from it. */

export interface AuditActionEntry {
  /** One sentence: who did what. */
  readonly means: string;
  readonly details: readonly string[];
}

const CHANGE_OF_DECISIONS = ['principal', 'agentRole', 'from', 'to', 'servers', 'stream', 'throughSequence'] as const;

export const AUDIT_ACTIONS = {
  CONNECTION_ADMITTED: entry(
    'The bus admitted a connection. `user` is the name of the claims: of a pod the principal with the name of the pod, of a person `reader`; of the operator the public key of its user.',
    ['principal', 'user', 'from', 'count', 'firstAt', 'lastAt'],
  ),
  CONNECTION_ENDED: entry('A server of the bus ended a connection, for the reason that it gave.', [
    'principal',
    'user',
    'from',
    'reason',
    'count',
    'firstAt',
    'lastAt',
  ]),
  CONNECTION_REFUSED: entry(
    'The bus refused a connection. The log of the callout names the ServiceAccount, where the token proved one, and the reason in full.',
    ['from', 'reason', 'count', 'firstAt', 'lastAt'],
  ),
  STORE_DENIED: entry(
    'The store denied a command, a key or a login. `user` is named only when the store has that user, and a key by its prefix alone, because the client chose both texts.',
    ['user', 'denied', 'inside', 'from', 'count', 'firstAt', 'lastAt'],
  ),
  PRINCIPAL_OPENED: entry('A principal has an account of the bus, and every server has loaded its claims.', [
    'principal',
    'agentRole',
    'to',
    'servers',
  ]),
  PRINCIPAL_CLOSED: entry(
    'The account of a principal that is gone is closed on every server, and no decision of it lies behind `throughSequence`.',
    ['principal', 'from', 'to', 'servers', 'stream', 'throughSequence'],
  ),
  PERMISSIONS_NARROWED: entry(
    'An AgentRole took decisions away, and no decision of the agent lies behind `throughSequence`.',
    CHANGE_OF_DECISIONS,
  ),
  PERMISSIONS_WIDENED: entry('An AgentRole gave decisions back.', CHANGE_OF_DECISIONS),
  REVOCATION_BREACHED: entry(
    'DECISIONS holds a decision of an agent behind the fence of the agent, so the bus stored what it must refuse.',
    ['principal', 'stream', 'throughSequence', 'foundSequence'],
  ),
  PERMISSION_LEAKED: entry('A probe of the operator reached what the principal must not reach.', ['principal', 'leaks']),
  STRATEGY_PAUSED_BY_LEAK: entry('The operator stopped the agent, because its permissions leak.', [
    'strategy',
    'foundAt',
    'leakCount',
    'subjects',
  ]),
  STRATEGY_RESUMED_AFTER_LEAK: entry('A person let the strategy trade again after a leak.', ['strategy', 'foundAt', 'person', 'reason']),
  FORBIDDEN_ATTEMPT: entry('A principal published on a subject that it has no right to; the stream QUARANTINE holds the message.', [
    'principal',
    'subject',
    'attemptCount',
  ]),
  HALT_ENGAGED: entry('A halt is in force; a KillSwitch or the break-glass command asked for it.', [
    'killSwitch',
    'mode',
    'reason',
    'haltId',
    'generation',
  ]),
  HALT_RELEASED: entry('A halt is over.', ['killSwitch', 'mode', 'reason', 'haltId', 'generation']),
  DRIFT_REPAIRED: entry('A setting that a person or a program changed by hand was put back.', ['what', 'name', 'expected', 'found']),
  DRIFT_LASTS: entry('A setting that was changed by hand could not be put back.', ['what', 'name', 'expected', 'found']),
  LIMITS_LOOSENED: entry('Limits of a portfolio became looser; each detail is one limit.', ['1', '2', '…']),
  DELETION_OVERRIDDEN: entry('A person decided that an object is deleted although exec did not confirm that no order is open.', [
    'kind',
    'name',
    'person',
    'reason',
    'missing',
  ]),
} as const satisfies Record<string, AuditActionEntry>;

export type AuditAction = keyof typeof AUDIT_ACTIONS;

function entry(means: string, details: readonly string[]): AuditActionEntry {
  return { means, details };
}
