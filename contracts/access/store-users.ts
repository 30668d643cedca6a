/** Users of the store with their Redis ACL rules. Every command and key that is not listed is denied. */

/** The operator keeps the users of the gateways, and reads what the store denied; it reads and writes no key. */
export const STORE_OPERATOR_USER = 'operator';
/** The user of the store for readiness probes; it may only ping. */
export const STORE_HEALTH_USER = 'health';

export interface StoreUser {
  readonly name: string;
  /** ACL rules after `-@all`. */
  readonly rules: readonly string[];
}

/** Users that the store has from its start. The operator sets the others, and sets them again when the store has restarted. */
export const STORE_START_USERS: readonly (StoreUser & { readonly name: typeof STORE_OPERATOR_USER | typeof STORE_HEALTH_USER })[] = [
  {
    name: STORE_OPERATOR_USER,
    rules: [
      ...['setuser', 'list', 'deluser', 'dryrun', 'log'].map((one) => `+acl|${one}`),
      '+client|list',
      '+client|kill',
      '+hello',
      '+ping',
    ],
  },
  { name: STORE_HEALTH_USER, rules: ['+ping'] },
];

/** Commands of a gateway; `HELLO` and `PING` are what every connection needs. */
const GATEWAY_COMMANDS = ['+hello', '+ping', '+get', '+set'] as const;

/** What every key of a gateway begins with. No name of a namespace has a colon, so two namespaces share no key. */
export function gatewayKeyPrefix(namespace: string): string {
  return `nonce:${namespace}:`;
}

/**
 * The user of the gateway of a namespace. Each epoch has a user of its own, so that the store's list of connections tells which gateways still
 * use the password of the epoch before.
 */
export function gatewayStoreUser(namespace: string, epoch: number): StoreUser {
  return { name: `gateway.${namespace}.${epoch}`, rules: gatewayStoreRules(namespace) };
}

export function gatewayStoreRules(namespace: string): readonly string[] {
  return [`~${gatewayKeyPrefix(namespace)}*`, ...GATEWAY_COMMANDS];
}
