/**
 * Looks at the reports of pods about their networks, for as long as the operator leads. Only a process in the pod of a principal can try its NetworkPolicy,
 * so the services try, and the operator judges (ADR 0112).
 */
import type { NetworkTarget } from '@flotilla/contracts/access/network-targets.ts';
import { networkReportKey } from '@flotilla/contracts/access/network-report-key.ts';
import { type Principal, principalName } from '@flotilla/contracts/access/principal.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import type { NetworkReports } from '../provision/network-reports.ts';
import { networkLeaks, type NetworkProof, networkProof } from '../status/network-proof.ts';
import type { PermissionBoard } from '../status/permission-board.ts';
import type { Prober, ProberOptions } from './prober-loop.ts';

const LOOK_MS = 2_000;
/**
 * After the operator began to look at a principal, or its role began to deny other addresses: until then the policy may have been wider, because the role was,
 * and engines take over a changed policy some seconds late.
 */
const SETTLED_MS = 15_000;

export interface NetworkLoopOptions extends Pick<ProberOptions, 'tellLeak' | 'count'> {
  readonly engine: 'Expected' | 'None';
  readonly reports: Pick<NetworkReports, 'find'>;
  /** Undefined while the reports of the bucket are not read yet. */
  principals(): readonly Principal[] | undefined;
  /** Targets that the role of the principal denies now. */
  deniedOf(principal: Principal): readonly NetworkTarget[];
  readonly board: Pick<PermissionBoard, 'takeNetworkProof'>;
  readonly clock: Clock;
  readonly logger: KernelLogger;
}

/** A bug becomes an unhandled rejection, which ends the process. */
export function startNetworkLoop(options: NetworkLoopOptions): Prober {
  const stopping = new AbortController();
  const running = keepLooking(options, stopping.signal);
  return {
    async stop() {
      stopping.abort(new Error('stopped'));
      await running;
    },
  };
}

interface Looked {
  /** Targets that the role denied at that look. */
  readonly denied: readonly NetworkTarget[];
  /** Unix time. What a pod reached before then may have been permitted. */
  readonly leaksFromMs: number;
  readonly provenAtMs: number | undefined;
  /** The leaks that the audit log has. */
  readonly told: string;
}

async function keepLooking(options: NetworkLoopOptions, signal: AbortSignal): Promise<void> {
  let looked = new Map<string, Looked>();
  while (!signal.aborted) {
    const owners = (options.principals() ?? []).filter((principal) => networkReportKey(principal) !== undefined);
    const next = new Map<string, Looked>();
    for (const principal of owners) {
      const name = principalName(principal);
      next.set(name, await look(options, principal, looked.get(name)));
    }
    looked = next;
    await options.clock.sleep(LOOK_MS, signal).catch(() => undefined);
  }
}

/** A leak that lasts is told once. */
async function look(options: NetworkLoopOptions, principal: Principal, last: Looked | undefined): Promise<Looked> {
  const { engine, reports, board, count, clock } = options;
  const denied = options.deniedOf(principal);
  const isSame = last !== undefined && last.denied.join() === denied.join();
  const leaksFromMs = isSame ? last.leaksFromMs : clock.nowMs() + SETTLED_MS;
  const looked = { denied, leaksFromMs, provenAtMs: last?.provenAtMs, told: last?.told ?? '' };
  const proof = networkProof({ engine, report: reports.find(principal), denied });
  const { provenAtMs } = proof;
  // The next report decides. Until then the former proof stays.
  if (proof.state === 'Leaks' && (provenAtMs ?? 0) < leaksFromMs) return looked;
  board.takeNetworkProof(principal, proof);
  if (provenAtMs !== undefined && provenAtMs !== last?.provenAtMs) count(outcomeOf(proof));
  const leaks = networkLeaks(proof);
  const found = leaks.join(', ');
  if (found !== '' && found !== last?.told && !(await tell(options, principal, leaks))) return { ...looked, provenAtMs };
  return { ...looked, provenAtMs, told: found };
}

function outcomeOf({ state }: NetworkProof): 'enforced' | 'leak' | 'unanswered' {
  if (state === 'Leaks') return 'leak';
  return state === 'Holds' ? 'enforced' : 'unanswered';
}

/** False when the audit log did not take the event: the next look tells again. */
async function tell({ logger, tellLeak }: NetworkLoopOptions, principal: Principal, leaks: readonly string[]): Promise<boolean> {
  const name = principalName(principal);
  logger.error({ principal: name, leaks }, 'the pod of a principal reaches addresses that its NetworkPolicy must deny');
  try {
    await tellLeak(principal, leaks);
    return true;
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error;
    logger.warn({ err: error, principal: name }, 'a leak of the network could not be told to the audit log');
    return false;
  }
}
