/** Judges the report of a pod about its network: what the report proves, and what it does not. Pure. */
import { LIVE_TARGETS, type NetworkTarget } from '@flotilla/contracts/access/network-targets.ts';
import type { NetworkProofStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import type { HeldNetworkReport } from '../provision/network-reports.ts';

export interface NetworkProof extends Pick<NetworkProofStatus, 'state' | 'message'> {
  /** Forbidden addresses that the pod tried and did not reach, by name. */
  readonly denied: readonly string[];
  /** Forbidden addresses that the pod reached, by name. */
  readonly reached: readonly string[];
  /** The pod tried, and its network was silent on the address that it may reach. */
  readonly isUnanswered: boolean;
  /** Unix time of the try; undefined without a recent report. */
  readonly provenAtMs: number | undefined;
}

export interface NetworkEvidence {
  readonly engine: 'Expected' | 'None';
  readonly report: HeldNetworkReport | undefined;
  /** Targets that the role of the principal denies now. A report may name others: its pod started under another role. */
  readonly denied: readonly NetworkTarget[];
}

export const NETWORK_LEAK_PREFIX = 'network: ';
/** The permitted address that a pod did not reach. */
export const UNANSWERED_NETWORK = `${NETWORK_LEAK_PREFIX}bus`;
const NOTHING = { denied: [], reached: [], isUnanswered: false, provenAtMs: undefined } as const;

export function networkProof({ engine, report, denied: forbidden }: NetworkEvidence): NetworkProof {
  if (engine === 'None') {
    const message =
      'nothing enforces NetworkPolicies here: the setting networkPolicies.engine of the chart (FLOTILLA_POLICY_ENGINE) is None';
    return { ...NOTHING, state: 'NotEnforced', message };
  }
  if (report === undefined) return unknown('no pod of the principal has reported which addresses it reaches');
  if (!report.fresh) return unknown('the last report of the pod is too old; no pod runs, or the pod does not report');
  const isForbidden = (name: string): boolean => forbidden.some((target) => target === name);
  const { permitted } = report.value;
  const [denied, reached] = [report.value.denied.filter(isForbidden), report.value.reached.filter(isForbidden)];
  const found = { denied, reached, isUnanswered: false, provenAtMs: report.triedAtMs };
  if (reached.length > 0) {
    return { ...found, state: 'Leaks', message: 'the pod reached forbidden addresses; follow the runbook FlotillaPermissionLeak' };
  }
  if (permitted === 'Silent') {
    const message = 'the pod did not reach the bus by a new connection, so the silence of other addresses proves nothing';
    return { ...found, isUnanswered: true, state: 'Unknown', message };
  }
  if (!denied.some((name) => LIVE_TARGETS.has(name))) {
    const message = 'the pod tried no forbidden address that is known to answer others, so the silence of the rest proves nothing';
    return { ...found, state: 'Unknown', message };
  }
  return { ...found, state: 'Holds', message: 'the pod reached the bus and none of the forbidden addresses that it tried' };
}

function unknown(message: string): NetworkProof {
  return { ...NOTHING, state: 'Unknown', message };
}

/** The reached addresses as leaks of the principal, beside those at the bus and at the API server. */
export function networkLeaks({ reached }: Pick<NetworkProof, 'reached'>): readonly string[] {
  return reached.map((name) => `${NETWORK_LEAK_PREFIX}${name}`);
}
