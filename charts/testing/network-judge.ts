/** Asks cyclonus' matcher, a program of others, which connections NetworkPolicies allow. */
import { execFileSync } from 'node:child_process';
import { binaryPath } from '@flotilla/local/testing/binary-path.ts';

const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

/** One end of a connection. With a namespace it is a pod. */
export interface NetworkPeer {
  readonly address: string;
  readonly namespace?: string;
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface TrafficQuestion {
  /** Names of peers. */
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** The policies of the source judge its egress, those of the destination its ingress; a connection needs both. */
export type TrafficVerdict = 'allowed' | 'denied by egress' | 'denied by ingress' | 'denied by both';

/**
 * For each set of policies a verdict on each question, in order.
 *
 * @throws Error when a policy has a field that Kubernetes does not know, or is one that the API server would refuse
 */
export function judgeTraffic(
  peers: Readonly<Record<string, NetworkPeer>>,
  questions: readonly TrafficQuestion[],
  policySets: readonly (readonly unknown[])[],
): readonly (readonly TrafficVerdict[])[] {
  const input = JSON.stringify({ peers, questions, policySets });
  const output = execFileSync(binaryPath('network-judge'), { input, encoding: 'utf8', maxBuffer: OUTPUT_BYTES_MAX });
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as readonly TrafficVerdict[]);
}
