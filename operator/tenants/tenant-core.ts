/** Keeps the claims of the core account of a tenant at every server, as `guardInstallationAccounts` does it for the accounts of the installation. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { OperatorIdentity } from '@flotilla/runtime/identity/bus-keys.ts';
import { isSameContent, type SystemAccount } from '@flotilla/runtime/identity/system-account.ts';
import { tenantCoreClaims } from '@flotilla/runtime/identity/tenant-identity.ts';
import type { InstallationAccounts } from '../identity/installation-accounts.ts';

export interface TenantCoreOptions {
  readonly system: Pick<SystemAccount, 'servers' | 'push' | 'serversWith' | 'storedClaims'>;
  /** By `tenantIdentity`. */
  readonly identity: OperatorIdentity;
  readonly namespace: string;
  /** Called right before each push; throws when this process must not write. */
  readonly fence: () => void;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** `restore` pushes the claims where a server has others, the first time included, and gives the account when another had pushed claims. */
export function guardTenantCore({ system, identity, namespace, fence, clock }: TenantCoreOptions): InstallationAccounts {
  let isProven = false;
  let isReplaced = false;
  const claims = (): string => tenantCoreClaims(identity, namespace).sign(clock.nowMs());

  const ensure = async (): Promise<void> => {
    const jwt = claims();
    const { length } = (await system.servers()).running;
    const countLoaded = async (): Promise<number> => (await system.serversWith(identity.core, jwt, length)).length;
    if (length > 0 && (await countLoaded()) === length) return;
    fence();
    await system.push(jwt, length);
    const loadedCount = await countLoaded();
    if (loadedCount < length || length === 0)
      throw new FlotillaError(
        'BUS_REFUSED',
        `expected every server with the claims of the core account of namespace ${namespace}, found ${loadedCount} of ${length}`,
      );
  };

  return {
    learn: () => Promise.resolve(),
    forget: () => (isProven = false),
    takePush(account, jwt) {
      if (account !== identity.core || isSameContent(jwt, claims())) return false;
      isProven = false;
      isReplaced = true;
      return true;
    },
    async look(serverCount) {
      const own = claims();
      // A server that has lost the claims answers with an empty text.
      const others = (await system.storedClaims(identity.core, serverCount)).filter((jwt) => jwt === '' || !isSameContent(jwt, own));
      if (others.length === 0) return;
      isProven = false;
      isReplaced ||= others.some((jwt) => jwt !== '');
    },
    async restore() {
      if (isProven) return [];
      // Before the servers are asked: claims of another that come meanwhile need another round.
      isProven = true;
      const wasReplaced = isReplaced;
      isReplaced = false;
      try {
        await ensure();
      } catch (error) {
        isProven = false;
        isReplaced ||= wasReplaced;
        throw error;
      }
      return wasReplaced ? [identity.core] : [];
    },
  };
}
