/** Keeps the last report of each pod about its network, from the STATUS bucket. For the prober. */
import { networkReportKey } from '@flotilla/contracts/access/network-report-key.ts';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { type NetworkReport, networkReportSchema } from '@flotilla/contracts/control/network-report.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { readRecordBytes } from '@flotilla/contracts/records/read-record.ts';

/** Pods report once a minute, and a round takes up to half a minute. An older report says nothing of now. */
export const NETWORK_REPORT_AGE_MS_MAX = 180_000;

export interface HeldNetworkReport {
  readonly value: NetworkReport;
  /** Unix time of the try, by the operator's clock where the clock of the pod is ahead. */
  readonly triedAtMs: number;
  /** Whether the report is recent enough to be used. */
  readonly fresh: boolean;
}

export interface NetworkReports {
  /** Takes one entry of the bucket. Ignores bytes that this build cannot read. */
  take(key: string, bytes: Uint8Array): void;
  /** The last report of the principal; undefined when none was read. */
  find(principal: Principal): HeldNetworkReport | undefined;
}

interface Taken extends Omit<HeldNetworkReport, 'fresh'> {
  /** Time of the try on the operator's monotonic clock, which never jumps. */
  readonly triedAtMonotonicMs: number;
}

export function makeNetworkReports(clock: Pick<Clock, 'nowMs' | 'monotonicMs'>): NetworkReports {
  const held = new Map<string, Taken>();
  return {
    take(key, bytes) {
      const read = readRecordBytes(networkReportSchema, bytes);
      if (!read.ok) return;
      const nowMs = clock.nowMs();
      const triedAtMs = Math.min(nowMs, Date.parse(read.value.triedAt));
      const before = held.get(key);
      if (before?.value.triedAt === read.value.triedAt && before.value.instance === read.value.instance) return;
      held.set(key, { value: read.value, triedAtMs, triedAtMonotonicMs: clock.monotonicMs() - (nowMs - triedAtMs) });
    },
    find(principal) {
      const key = networkReportKey(principal);
      const taken = key === undefined ? undefined : held.get(key);
      if (taken === undefined) return undefined;
      const { value, triedAtMs, triedAtMonotonicMs } = taken;
      return { value, triedAtMs, fresh: clock.monotonicMs() - triedAtMonotonicMs <= NETWORK_REPORT_AGE_MS_MAX };
    },
  };
}
