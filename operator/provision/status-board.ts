/** Keeps the latest reports of exec, agents and the gateway from the STATUS bucket, and tells the controllers about changes. */
import { type AgentStatus, agentStatusSchema, type ExecStatus, execStatusSchema } from '@flotilla/contracts/control/exec-status.ts';
import { type GatewayStatus, gatewayStatusSchema } from '@flotilla/contracts/control/gateway-status.ts';
import { isNetworkReportKey } from '@flotilla/contracts/access/network-report-key.ts';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { readRecordBytes } from '@flotilla/contracts/records/read-record.ts';
import { makeNetworkReports, type NetworkReports } from './network-reports.ts';
import { agentDigest, changedStrategies, execDigest, gatewayDigest, type ReportDigest } from './report-digest.ts';

/** Reports come every five seconds at least; three missed ones mean that the service does not report. */
export const REPORT_AGE_MS_MAX = 15_000;

/** A report, and whether it is recent enough to be used. */
export interface Report<T> {
  readonly value: T;
  readonly fresh: boolean;
}

export type ReportKey =
  /** `strategies`: the strategies that the change concerns; undefined: all strategies of the portfolio. */
  | { readonly kind: 'exec'; readonly portfolio: string; readonly strategies?: readonly string[] | undefined }
  | { readonly kind: 'agent'; readonly portfolio: string; readonly strategy: string }
  | { readonly kind: 'gateway'; readonly gateway: string };

export interface StatusBoard {
  /** Reports of pods about their networks, which no controller reads: the prober judges them. */
  readonly network: Pick<NetworkReports, 'find'>;
  exec(portfolio: string): Report<ExecStatus> | undefined;
  agent(portfolio: string, strategy: string): Report<AgentStatus> | undefined;
  gateway(name: string): Report<GatewayStatus> | undefined;
  /**
   * Execs whose report arrived within the last 15 s, by the operator's own clock. After the first read of the bucket, the last report of each
   * exec counts as just arrived.
   */
  heardExecs(): readonly ExecStatus[];
  /** True when the last report of every service was read since the connection was made. */
  isComplete(): boolean;
  completed(): void;
  /** Takes one entry of the bucket. Ignores an entry that is unreadable, or older than the stored one. */
  take(key: string, bytes: Uint8Array): void;
  /** Called on a new connection: from now on every report arrives. */
  listen(): void;
  /** Looks for reports that have become too old. */
  checkAges(): void;
  /** Calls back when a value that a status shows has changed, but not for counters or a new time. The result unsubscribes. */
  onChange(listener: (key: ReportKey) => void): () => void;
}

type AnyStatus = ExecStatus | AgentStatus | GatewayStatus;

interface Held {
  /** Time at which the report was made, by the operator's clock. */
  readonly receivedAtMs: number;
  /** Time at which the report arrived. */
  readonly takenAtMs: number;
  readonly heard: boolean;
  readonly key: ReportKey;
  readonly value: AnyStatus;
  readonly digest: ReportDigest;
  readonly fresh: boolean;
}

export function makeStatusBoard(clock: Pick<Clock, 'nowMs' | 'monotonicMs'>): StatusBoard {
  const held = new Map<string, Held>();
  const listeners = new Set<(key: ReportKey) => void>();
  const tell = (key: ReportKey): void => {
    for (const listener of listeners) listener(key);
  };
  const report = (key: string): Report<AnyStatus> | undefined => {
    const entry = held.get(key);
    return entry === undefined ? undefined : { value: entry.value, fresh: isFresh(entry.receivedAtMs) };
  };
  const network = makeNetworkReports(clock);
  let complete = false;
  const isFresh = (receivedAtMs: number): boolean => clock.monotonicMs() - receivedAtMs <= REPORT_AGE_MS_MAX;

  return {
    network,
    exec: (portfolio) => report(keys.execStatus(portfolio)) as Report<ExecStatus> | undefined,
    agent: (portfolio, strategy) => report(keys.agentStatus(portfolio, strategy)) as Report<AgentStatus> | undefined,
    gateway: (name) => report(keys.gatewayStatus(name)) as Report<GatewayStatus> | undefined,
    take(key, bytes) {
      if (isNetworkReportKey(key)) {
        network.take(key, bytes);
        return;
      }
      const before = held.get(key);
      const parsed = parseReport(key, bytes);
      if (parsed === undefined) return;
      const updatedAtMs = Date.parse(parsed.value.updatedAt);
      if (before?.fresh === true && updatedAtMs < Date.parse(before.value.updatedAt)) return;
      // The age at arrival comes from the two wall clocks. From then on the operator's monotonic clock counts, which never jumps.
      const ageMs = Math.max(0, clock.nowMs() - updatedAtMs);
      const receivedAtMs = clock.monotonicMs() - Math.min(ageMs, REPORT_AGE_MS_MAX + 1);
      const fresh = isFresh(receivedAtMs);
      held.set(key, { ...parsed, receivedAtMs, takenAtMs: clock.monotonicMs(), fresh, heard: true });
      const isBack = before === undefined || before.fresh !== fresh || !before.heard;
      if (!isBack && before.digest.whole === parsed.digest.whole) return;
      const strategies = isBack ? undefined : changedStrategies(before.digest, parsed.digest);
      tell(parsed.key.kind === 'exec' ? { ...parsed.key, strategies } : parsed.key);
    },
    heardExecs: () =>
      [...held.values()].flatMap((entry) => (entry.key.kind === 'exec' && isFresh(entry.takenAtMs) ? [entry.value as ExecStatus] : [])),
    isComplete: () => complete,
    completed() {
      complete = true;
    },
    listen() {
      complete = false;
    },
    checkAges() {
      for (const [key, entry] of held) {
        const fresh = isFresh(entry.receivedAtMs);
        const heard = isFresh(entry.takenAtMs);
        if (fresh === entry.fresh && heard === entry.heard) continue;
        held.set(key, { ...entry, fresh, heard });
        tell(entry.key);
      }
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Undefined for the key of another record, and for bytes that this build cannot read. Fields of another build are ignored. */
function parseReport(key: string, bytes: Uint8Array): Pick<Held, 'key' | 'value' | 'digest'> | undefined {
  const [kind, owner = '', strategy = ''] = key.split('.');
  switch (kind) {
    case 'exec': {
      const read = readRecordBytes(execStatusSchema, bytes);
      return read.ok ? { key: { kind, portfolio: owner }, value: read.value, digest: execDigest(read.value) } : undefined;
    }
    case 'agent': {
      const read = readRecordBytes(agentStatusSchema, bytes);
      return read.ok ? { key: { kind, portfolio: owner, strategy }, value: read.value, digest: agentDigest(read.value) } : undefined;
    }
    case 'gateway': {
      const read = readRecordBytes(gatewayStatusSchema, bytes);
      return read.ok ? { key: { kind, gateway: owner }, value: read.value, digest: gatewayDigest(read.value) } : undefined;
    }
    default:
      return undefined;
  }
}
