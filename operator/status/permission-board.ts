/** Keeps the last proof of each principal's permissions, and tells the controllers when a status should say something else. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import { type Principal, principalName } from '@flotilla/contracts/access/principal.ts';
import type { RevocationStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import { networkLeaks, type NetworkProof, UNANSWERED_NETWORK } from './network-proof.ts';
import { PROOF_REPEAT_MS } from './proof-repeat.ts';
import type { Tried } from '@flotilla/runtime/identity/try-cells.ts';

/** What the API server said last about the ServiceAccount of a principal. */
export interface ApiProof extends Tried {
  readonly forbiddenCount: number;
  /** Unix time of the last answer. */
  readonly provenAtMs: number;
}

/** What the last probe of a principal found. */
export interface PermissionProof {
  readonly forbiddenCount: number;
  readonly allowedCount: number;
  /** Subjects that the principal reached and must not reach, and requests that the API server would allow its ServiceAccount. */
  readonly leaks: readonly string[];
  /** Subjects and requests that the principal may make, without an answer. */
  readonly unanswered: readonly string[];
  /** Servers of the bus that have loaded the principal's claims, of all: `3/3`. Undefined when the operator has not proven them yet. */
  readonly servers?: string | undefined;
  /** Servers of the bus on which the probe tried, of those that run: `3/3`. Undefined: not told. */
  readonly triedOn?: string | undefined;
  /** Unix time of the probe at the bus. */
  readonly provenAtMs: number;
  /** Its leaks are among the leaks above. Undefined: the API server has not answered yet. */
  readonly apiServer?: ApiProof | undefined;
  /** What the pod of the principal reaches. Its leaks are among the leaks above. Undefined: the operator has not looked yet. */
  readonly network?: NetworkProof | undefined;
}

export interface PermissionBoard {
  /** Undefined before the first probe at the bus. */
  proof(principal: Principal): PermissionProof | undefined;
  take(principal: Principal, counts: Pick<PermissionProof, 'forbiddenCount' | 'allowedCount' | 'servers' | 'triedOn'>, tried: Tried): void;
  /** Takes what the API server said about the ServiceAccount. */
  takeApiProof(principal: Principal, forbiddenCount: number, tried: Tried): void;
  /** Takes the judgement of the report of the pod. */
  takeNetworkProof(principal: Principal, proof: NetworkProof): void;
  /** Principals with a pod, by the state of the network. */
  networkStates(): Readonly<Record<NetworkProof['state'], number>>;
  /** The fence of decisions that were taken away. `null`: none were. Undefined: not known yet. */
  revocation(principal: Principal): RevocationStatus | null | undefined;
  takeRevocation(principal: Principal, revocation: RevocationStatus | null): void;
  /** Forgets principals that are gone. */
  keep(principals: readonly Principal[]): void;
  /** Principals with a leak now. */
  leakCount(): number;
  onChange(listener: (principal: Principal) => void): () => void;
}

export function makePermissionBoard(clock: Pick<Clock, 'nowMs' | 'monotonicMs'>): PermissionBoard {
  const proofs = new Map<string, PermissionProof>();
  const apiProofs = new Map<string, ApiProof>();
  const networkProofs = new Map<string, NetworkProof>();
  const told = new Map<string, { readonly outcome: string; readonly atMs: number }>();
  const revocations = new Map<string, RevocationStatus | null>();
  const listeners = new Set<(principal: Principal) => void>();
  const proofOf = (name: string): PermissionProof | undefined => {
    const proof = proofs.get(name);
    return proof === undefined ? undefined : withOtherPlanes(proof, apiProofs.get(name), networkProofs.get(name));
  };
  return {
    proof: (principal) => proofOf(principalName(principal)),
    take(principal, counts, { leaks, unanswered }) {
      const name = principalName(principal);
      proofs.set(name, { ...counts, leaks, unanswered, provenAtMs: clock.nowMs() });
      const [outcome, before] = [JSON.stringify([leaks, unanswered, counts.servers, counts.triedOn]), told.get(name)];
      if (before?.outcome === outcome && clock.monotonicMs() - before.atMs < PROOF_REPEAT_MS) return;
      told.set(name, { outcome, atMs: clock.monotonicMs() });
      for (const listener of listeners) listener(principal);
    },
    takeApiProof(principal, forbiddenCount, { leaks, unanswered }) {
      const name = principalName(principal);
      const before = apiProofs.get(name);
      apiProofs.set(name, { forbiddenCount, leaks, unanswered, provenAtMs: clock.nowMs() });
      // The next probe at the bus renews the time in the status.
      if (before !== undefined && JSON.stringify([before.leaks, before.unanswered]) === JSON.stringify([leaks, unanswered])) return;
      for (const listener of listeners) listener(principal);
    },
    takeNetworkProof(principal, proof) {
      const name = principalName(principal);
      const before = networkProofs.get(name);
      networkProofs.set(name, proof);
      // The next probe at the bus renews the time in the status.
      if (before !== undefined && outcomeOf(before) === outcomeOf(proof)) return;
      for (const listener of listeners) listener(principal);
    },
    networkStates() {
      const counts = { Holds: 0, Leaks: 0, Unknown: 0, NotEnforced: 0 };
      for (const { state } of networkProofs.values()) counts[state] += 1;
      return counts;
    },
    revocation: (principal) => revocations.get(principalName(principal)),
    takeRevocation(principal, revocation) {
      const name = principalName(principal);
      const before = revocations.get(name);
      revocations.set(name, revocation);
      if (JSON.stringify(before ?? null) === JSON.stringify(revocation)) return;
      for (const listener of listeners) listener(principal);
    },
    keep(principals) {
      const kept = new Set(principals.map(principalName));
      for (const each of [revocations, apiProofs, networkProofs]) for (const name of each.keys()) if (!kept.has(name)) each.delete(name);
      for (const name of proofs.keys()) {
        if (kept.has(name)) continue;
        proofs.delete(name);
        told.delete(name);
      }
    },
    leakCount: () => [...proofs.keys()].filter((name) => (proofOf(name)?.leaks.length ?? 0) > 0).length,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The proof of the bus, with what was found at the API server and in the network. */
function withOtherPlanes(proof: PermissionProof, apiServer: ApiProof | undefined, network: NetworkProof | undefined): PermissionProof {
  const silentNetwork = network?.isUnanswered === true ? [UNANSWERED_NETWORK] : [];
  return {
    ...proof,
    leaks: [...proof.leaks, ...(apiServer?.leaks ?? []), ...(network === undefined ? [] : networkLeaks(network))],
    unanswered: [...proof.unanswered, ...(apiServer?.unanswered ?? []), ...silentNetwork],
    ...(apiServer === undefined ? {} : { apiServer }),
    ...(network === undefined ? {} : { network }),
  };
}

function outcomeOf({ state, denied, reached, message }: NetworkProof): string {
  return JSON.stringify([state, denied, reached, message]);
}
