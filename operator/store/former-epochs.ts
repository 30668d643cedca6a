/** Decides how long the user of the epoch before stays, while the gateway takes up the new password. Pure but for its memory. */
import { gatewayStoreUser } from '@flotilla/contracts/access/store-users.ts';

/** A kubelet brings a changed Secret to its pods within a minute or two. After this time the user goes, with the connections that still use it. */
const STAYS_MS_MAX = 900_000;
/** Looks in a row that find only connections of the new user. A gateway that connects in between is found by the second. */
const LOOKS_MIN = 2;

interface Former {
  readonly firstSeenAtMs: number;
  readonly quietLooks: number;
}

export interface FormerEpochs {
  /**
   * Takes what the store shows, and says whether the user of the epoch before is still wanted. It is never wanted where the store did not have it:
   * a rotation that is over stays over.
   */
  isWanted(namespace: string, epoch: number, found: StoreView, nowMs: number): boolean;
}

export interface StoreView {
  /** Names of the users that the store has. */
  readonly users: ReadonlySet<string>;
  /** Names of the users of open connections. */
  readonly connected: ReadonlySet<string>;
}

export function makeFormerEpochs(): FormerEpochs {
  /** By name of the user, as long as it is wanted. */
  const formers = new Map<string, Former>();
  const ended = new Set<string>();
  return {
    isWanted(namespace, epoch, { users, connected }, nowMs) {
      const { name } = gatewayStoreUser(namespace, epoch - 1);
      if (ended.has(name)) return false;
      const known = formers.get(name);
      // A store that restarted has forgotten the user, and the gateway may still need it.
      if (known === undefined && !users.has(name)) return false;
      const { firstSeenAtMs = nowMs, quietLooks = 0 } = known ?? {};
      const isQuiet = !connected.has(name) && connected.has(gatewayStoreUser(namespace, epoch).name);
      const looks = isQuiet ? quietLooks + 1 : 0;
      if (looks >= LOOKS_MIN || nowMs - firstSeenAtMs >= STAYS_MS_MAX) {
        formers.delete(name);
        ended.add(name);
        return false;
      }
      formers.set(name, { firstSeenAtMs, quietLooks: looks });
      return true;
    },
  };
}
