/** Brings the users of the store to what should be, once. For the store loop. */
import { gatewayStoreUser, STORE_HEALTH_USER, STORE_OPERATOR_USER, STORE_START_USERS } from '@flotilla/contracts/access/store-users.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import type { TellDrift } from '../drift/drift.ts';
import { type FormerEpochs, makeFormerEpochs, type StoreView } from './former-epochs.ts';
import { planStore, type WantedUser } from './plan.ts';
import type { StoreAdmin } from '@flotilla/runtime/store-admin.ts';
import type { StoreLogin } from '@flotilla/runtime/store-login.ts';
import { gatewayPassword, passwordToken } from './store-passwords.ts';

/** The user that Redis has by itself, without a name at login. */
const DEFAULT_USER = 'default';

export interface KeepUsersOptions {
  readonly store: StoreAdmin;
  /** The operator's own password at the store. */
  readonly password: string;
  /** A whole number. A higher one gives every gateway another password. */
  readonly epoch: number;
  /** Namespaces whose gateways have a user. */
  namespaces(): readonly string[];
  /** Brings the login to the namespace, where its gateway reads it. */
  writeLogin(namespace: string, login: StoreLogin): Promise<void>;
  readonly tellDrift: TellDrift;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: KernelLogger;
}

/** Each call converges once. @throws FlotillaError when the store or the API server could not be reached */
export function makeKeepUsers(options: KeepUsersOptions): () => Promise<void> {
  const { store, password, epoch, tellDrift, clock, logger } = options;
  const formers = makeFormerEpochs();
  const known = new Set<string>();
  /** Namespaces whose refusal was told. */
  const refused = new Set<string>();

  return async () => {
    const lines = await store.users();
    const view: StoreView = {
      users: new Set(lines.map((line) => line.split(' ')[1] ?? '')),
      connected: new Set(await store.connectedUsers()),
    };
    const namespaces = options.namespaces();
    const wanted = [...startUsers(password), ...namespaces.flatMap((namespace) => gatewayUsers(namespace, view, options, formers))];
    const plan = planStore(wanted, lines, known);
    for (const { name, tokens, drift, closesConnections } of plan.set) {
      await store.setUser(name, tokens);
      if (closesConnections) await store.closeConnections(name);
      known.add(name);
      if (drift !== undefined) tellDrift(drift);
      else logger.info({ user: name }, 'a user of the store was set');
    }
    for (const { name, drift } of plan.remove) {
      await store.removeUser(name);
      if (isOfEpochBefore(name, namespaces, epoch)) logger.info({ user: name }, 'the user of the epoch before was removed from the store');
      else if (known.delete(name))
        logger.info({ user: name }, 'a user was removed from the store, because the operator does not serve its namespace any more');
      else tellDrift(drift);
    }
    for (const drift of plan.lasting) tellDrift(drift);
    await writeLogins(namespaces);
  };

  /** A namespace that takes no login keeps neither the others from theirs, nor the operator from telling what the store denied. */
  async function writeLogins(namespaces: readonly string[]): Promise<void> {
    const write = (namespace: string): Promise<void> => options.writeLogin(namespace, loginOf(namespace, password, epoch));
    const written = await Promise.allSettled(namespaces.map(write));
    for (const [index, result] of written.entries()) {
      const namespace = namespaces[index] ?? '';
      if (result.status === 'fulfilled') refused.delete(namespace);
      else if (!isRefusal(result.reason)) throw result.reason;
      else if (!refused.has(namespace)) {
        refused.add(namespace);
        const message =
          'the API server refused the Secret with the login of the gateway; the operator tries again with each look at the store';
        logger.warn({ namespace, err: result.reason }, message);
      }
    }
  }

  function gatewayUsers(namespace: string, view: StoreView, given: KeepUsersOptions, memory: FormerEpochs): readonly WantedUser[] {
    const epochs = [given.epoch, ...(memory.isWanted(namespace, given.epoch, view, clock.monotonicMs()) ? [given.epoch - 1] : [])];
    return epochs.map((one) => {
      const { name, rules } = gatewayStoreUser(namespace, one);
      return { name, tokens: ['on', passwordToken(gatewayPassword(password, namespace, one)), '-@all', ...rules] };
    });
  }
}

export function loginOf(namespace: string, operatorPassword: string, epoch: number): StoreLogin {
  return { user: gatewayStoreUser(namespace, epoch).name, password: gatewayPassword(operatorPassword, namespace, epoch) };
}

function isRefusal(error: unknown): boolean {
  return error instanceof FlotillaError && error.code === 'CLUSTER_REFUSED';
}

function isOfEpochBefore(name: string, namespaces: readonly string[], epoch: number): boolean {
  return namespaces.some((namespace) => gatewayStoreUser(namespace, epoch - 1).name === name);
}

function startUsers(password: string): readonly WantedUser[] {
  const named = STORE_START_USERS.map(({ name, rules }): WantedUser => {
    const login = name === STORE_OPERATOR_USER ? [passwordToken(password)] : [];
    return { name, tokens: ['on', ...login, '-@all', ...rules], isPasswordForeign: name === STORE_HEALTH_USER };
  });
  return [{ name: DEFAULT_USER, tokens: ['off', '-@all'] }, ...named];
}
