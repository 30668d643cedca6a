/** The decision of a candidate in a leader election: take, renew or wait for the Lease. Pure. */
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
  /** Time at which this process first saw this version, by its own monotonic clock, because the clocks of other machines are not trusted. */
  readonly seenAtMs: number;
  /** Undefined when the lease has been deleted since. */
  readonly resourceVersion: string | undefined;
}

export interface Candidate {
  readonly identity: string;
  readonly durationMs: number;
}

export type LeaseMove =
  | { readonly type: 'take' | 'renew'; readonly spec: LeaseSpec }
  /** `forMs`: time until the lease may be taken, if its holder does not renew it. */
  | { readonly type: 'wait'; readonly holder: string; readonly forMs: number };

/** A candidate renews its own lease, takes a lease without a holder or whose holder was silent for the whole duration, and waits for any other. */
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

/** The lease as its holder releases it, so that the next holder need not wait. */
export function releasedLease(held: LeaseSpec, wallMs: number): LeaseSpec {
  return { ...held, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(wallMs) };
}
