/** Keeps the last proof of each principal's permissions, and tells the controllers when a status should say something else. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import { type Principal, principalName } from '@flotilla/contracts/access/principal.ts';
import { PROOF_REPEAT_MS } from './proof-repeat.ts';
import type { Tried } from '@flotilla/runtime/identity/try-cells.ts';

/** What the last probe of a principal found. */
export interface PermissionProof {
  readonly forbiddenCount: number;
  readonly allowedCount: number;
  /** Subjects that the principal reached and must not reach. */
  readonly leaks: readonly string[];
  /** Subjects that the principal may reach and did not. */
  readonly unanswered: readonly string[];
  /** Servers of the bus that have loaded the principal's claims, of all: `3/3`. Undefined when the operator has not proven them yet. */
  readonly servers?: string | undefined;
  /** Unix time of the probe. */
  readonly provenAtMs: number;
}

export interface PermissionBoard {
  proof(principal: Principal): PermissionProof | undefined;
  take(principal: Principal, counts: Pick<PermissionProof, 'forbiddenCount' | 'allowedCount' | 'servers'>, tried: Tried): void;
  /** Forgets principals that are gone. */
  keep(principals: readonly Principal[]): void;
  /** Principals with a leak now. */
  leakCount(): number;
  onChange(listener: (principal: Principal) => void): () => void;
}

export function makePermissionBoard(clock: Pick<Clock, 'nowMs' | 'monotonicMs'>): PermissionBoard {
  const proofs = new Map<string, PermissionProof>();
  const told = new Map<string, { readonly outcome: string; readonly atMs: number }>();
  const listeners = new Set<(principal: Principal) => void>();
  return {
    proof: (principal) => proofs.get(principalName(principal)),
    take(principal, counts, { leaks, unanswered }) {
      const name = principalName(principal);
      proofs.set(name, { ...counts, leaks, unanswered, provenAtMs: clock.nowMs() });
      const [outcome, before] = [JSON.stringify([leaks, unanswered, counts.servers]), told.get(name)];
      if (before?.outcome === outcome && clock.monotonicMs() - before.atMs < PROOF_REPEAT_MS) return;
      told.set(name, { outcome, atMs: clock.monotonicMs() });
      for (const listener of listeners) listener(principal);
    },
    keep(principals) {
      const kept = new Set(principals.map(principalName));
      for (const name of proofs.keys()) {
        if (kept.has(name)) continue;
        proofs.delete(name);
        told.delete(name);
      }
    },
    leakCount: () => [...proofs.values()].filter(({ leaks }) => leaks.length > 0).length,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
