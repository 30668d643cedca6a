/** Puts the parts together that keep the users of the store. For the leading operator. */
import { gatewayStoreUser } from '@flotilla/contracts/access/store-users.ts';
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import { type Cluster, type KernelLogger, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import type { TellDrift } from '../drift/drift.ts';
import { accessOfDenial, type DenialLook, findNewDenials } from '../access-log/store-denials.ts';
import type { AccessTeller } from '../access-log/access-teller.ts';
import { FIELD_MANAGER } from '../kinds.ts';
import { probeStore, type StoreProbeOptions } from '../prober/probe-store.ts';
import { gatewaySecret } from './gateway-secret.ts';
import { makeKeepUsers } from './keep-users.ts';
import type { StoreAdmin } from '@flotilla/runtime/store-admin.ts';
import { startStoreLoop, type StoreLoop } from './store-loop.ts';

/** The store as this process reaches it. */
export interface StoreOptions {
  readonly admin: StoreAdmin;
  /** The operator's own password at the store, from which those of the gateways derive. */
  readonly password: string;
  readonly epoch: number;
}

export interface StartStoreOptions extends StoreOptions, Pick<StoreProbeOptions, 'tellLeak' | 'noteLeaks' | 'count'> {
  /** Namespaces whose gateways have a user. */
  namespaces(): readonly string[];
  /** Whether `namespaces` is known. Default: yes. */
  isReady?(): boolean;
  /** Called right before each write; throws when this process must not write. */
  readonly fence: () => void;
  readonly cluster: Pick<Cluster, 'apply'>;
  readonly tellDrift: TellDrift;
  /** Gets what the store denied. */
  readonly accesses: Pick<AccessTeller, 'take'>;
  readonly clock: Clock;
  readonly rng: Pick<Rng, 'next'>;
  readonly logger: KernelLogger;
}

export function startStore(options: StartStoreOptions): StoreLoop {
  const { admin, epoch, cluster } = options;
  const store = fencedStore(admin, options.fence);
  const keepUsers = makeKeepUsers({
    ...options,
    store,
    namespaces: () => options.namespaces(),
    // The operator reads no Secret, so it applies the Secret again and again.
    async writeLogin(namespace, login) {
      await cluster.apply(KUBERNETES_TYPES.secret, gatewaySecret(namespace, login), { fieldManager: FIELD_MANAGER, force: true });
    },
  });
  const probe = (): Promise<void> =>
    probeStore({
      ...options,
      users: () => new Map(options.namespaces().map((namespace) => [namespace, gatewayStoreUser(namespace, epoch).name])),
      wouldAllow: (user, command) => admin.wouldAllow(user, command),
      tellLeak: (namespace, leaks) => options.tellLeak(namespace, leaks),
      noteLeaks: (count) => options.noteLeaks(count),
      count: (outcome) => options.count(outcome),
    });
  return startStoreLoop({
    ...options,
    isReady: () => options.isReady?.() ?? true,
    store,
    keepUsers,
    probe,
    tellDenials: makeTellDenials(options),
  });
}

function makeTellDenials({ admin, accesses, clock }: StartStoreOptions): () => Promise<void> {
  let before: DenialLook | undefined;
  return async () => {
    const users = new Set((await admin.users()).map((line) => line.split(' ')[1] ?? ''));
    const { look, found } = findNewDenials(before, await admin.denials(), clock.nowMs());
    before = look;
    for (const { denial, atMs, count } of found) accesses.take(accessOfDenial(denial, users), atMs, count);
  };
}

function fencedStore(store: StoreAdmin, fence: () => void): StoreAdmin {
  return {
    ...store,
    async setUser(name, tokens) {
      fence();
      await store.setUser(name, tokens);
    },
    async removeUser(name) {
      fence();
      await store.removeUser(name);
    },
    async closeConnections(name) {
      fence();
      await store.closeConnections(name);
    },
  };
}
