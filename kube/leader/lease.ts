/** The decision of a candidate in a leader election: what to do next about the Lease. Pure. */
import { microTime } from '../objects/meta-time.ts';

/** The spec of a `coordination.k8s.io/v1` Lease. */
export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/** A lease as this process sees it. */
export interface LeaseView {
  readonly spec: LeaseSpec;
  /** When this process first saw this version, by its own monotonic clock: the clocks of others are not trusted. */
  readonly seenAtMs: number;
  /** Undefined when it has been deleted since. */
  readonly resourceVersion: string | undefined;
}

export interface Candidate {
  readonly identity: string;
  readonly durationMs: number;
}

export type LeaseMove =
  | { readonly type: 'take' | 'renew'; readonly spec: LeaseSpec }
  /** `forMs`: until its holder will have been silent for long enough, if nothing is heard. */
  | { readonly type: 'wait'; readonly holder: string; readonly forMs: number };

/** What a candidate does with a lease: take it when it has no holder or the holder has been silent for its whole duration, renew its own, else wait. */
export function nextLeaseMove(
  view: LeaseView | undefined,
  self: Candidate,
  now: { readonly monotonicMs: number; readonly wallMs: number },
): LeaseMove {
  const held = view?.spec ?? {};
  const holder = held.holderIdentity ?? '';
  const renewTime = microTime(now.wallMs);
  const mine = { holderIdentity: self.identity, leaseDurationSeconds: Math.ceil(self.durationMs / 1_000), renewTime };
  if (holder === self.identity) return { type: 'renew', spec: { ...held, ...mine } };
  const silentMs = view === undefined ? Infinity : now.monotonicMs - view.seenAtMs;
  const forMs = (held.leaseDurationSeconds ?? 0) * 1_000 - silentMs;
  if (holder !== '' && forMs > 0) return { type: 'wait', holder, forMs };
  return {
    type: 'take',
    spec: { ...mine, acquireTime: renewTime, leaseTransitions: view === undefined ? 0 : (held.leaseTransitions ?? 0) + 1 },
  };
}

/** What the holder leaves behind when it goes: the next one need not wait. */
export function releasedLease(held: LeaseSpec, wallMs: number): LeaseSpec {
  return { ...held, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(wallMs) };
}
