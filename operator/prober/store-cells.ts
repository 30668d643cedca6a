/**
 * Gives what the gateway of a namespace may not do at the store, and a sample of what it may, as commands for the store's own judgement. Pure.
 *
 * The store judges each command with `ACL DRYRUN` and the user itself, so no command runs, and the probe needs no password and no copy of the user.
 */
import { gatewayKeyPrefix } from '@flotilla/contracts/access/store-users.ts';

export interface StoreCells {
  readonly forbidden: readonly (readonly string[])[];
  readonly allowed: readonly (readonly string[])[];
}

/** Commands that no gateway may run, whatever the key. Each has as many arguments as the command needs. */
const FORBIDDEN_COMMANDS: readonly (readonly string[])[] = [
  ['FLUSHALL'],
  ['FLUSHDB'],
  ['KEYS', '*'],
  ['SCAN', '0'],
  ['RANDOMKEY'],
  ['DBSIZE'],
  ['CONFIG', 'GET', '*'],
  ['CONFIG', 'SET', 'appendonly', 'no'],
  ['EVAL', 'return 1', '0'],
  ['FUNCTION', 'LIST'],
  ['SCRIPT', 'FLUSH'],
  ['ACL', 'LIST'],
  ['ACL', 'SETUSER', 'probe'],
  ['ACL', 'DELUSER', 'probe'],
  ['CLIENT', 'LIST'],
  ['CLIENT', 'KILL', 'USER', 'probe'],
  ['MONITOR'],
  ['SHUTDOWN'],
  ['REPLICAOF', 'probe', '1'],
  ['MODULE', 'LIST'],
  ['SUBSCRIBE', 'probe'],
  ['PUBLISH', 'probe', 'x'],
  ['SELECT', '1'],
  ['SWAPDB', '0', '1'],
];

/** @param others other namespaces of the installation */
export function storeCells(namespace: string, others: readonly string[]): StoreCells {
  const own = `${gatewayKeyPrefix(namespace)}probe:probe`;
  const foreign = [
    ...others.filter((other) => other !== namespace).map((other) => `${gatewayKeyPrefix(other)}probe:probe`),
    `${gatewayKeyPrefix(`${namespace}x`)}probe:probe`,
    'nonce:probe',
    'checkpoint:probe',
    `x${own}`,
  ];
  return {
    forbidden: [
      ...FORBIDDEN_COMMANDS,
      ...foreign.flatMap((key) => [
        ['GET', key],
        ['SET', key, 'x'],
      ]),
      // The own keys, by commands that the gateway has no use for.
      ['DEL', own],
      ['UNLINK', own],
      ['EXPIRE', own, '1'],
      ['RENAME', own, `${own}2`],
      ['COPY', own, `${own}2`],
      ['INCR', own],
      ['DUMP', own],
    ],
    allowed: [['PING'], ['GET', own], ['SET', own, 'x', 'NX', 'PX', '1']],
  };
}
