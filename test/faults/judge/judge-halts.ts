/** Finds halt records that were looser than the KillSwitches that existed at the time. Pure. */
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import type { KubeObject } from '@flotilla/kube/mod.ts';
import type { HaltCompleted, HaltWrite } from '../world/bus-recorder.ts';
import { NAMESPACE, type TruthEvent } from '../world/recorder.ts';

/** Between the last look at the KillSwitches and the stored record. */
const LOOK_TO_WRITE_MS = 500;
/** The recorder may hear of a delete after the operator has. */
const RECORDER_LATE_MS = 1_000;

const TIGHTNESS = { ReduceOnly: 1, CancelAndHold: 2, Flatten: 3 } as const;

interface KillSwitch extends KubeObject {
  readonly spec: {
    readonly mode?: 'ReduceOnly' | 'CancelAndHold';
    readonly scope: {
      readonly type: string;
      readonly namespaces?: readonly string[];
      readonly portfolios?: readonly { readonly namespace: string; readonly name: string }[];
    };
  };
}

export function haltProblems(
  writes: readonly HaltWrite[],
  events: readonly TruthEvent[],
  completed: readonly HaltCompleted[],
): readonly string[] {
  const lastOf = new Map<string, HaltRecord>();
  return writes.flatMap((write) => {
    const { record } = write;
    const last = lastOf.get(record.portfolio);
    lastOf.set(record.portfolio, record);
    const title = `halt record of ${record.portfolio}, generation ${record.generation}`;
    const problems: string[] = [];
    if (last !== undefined && record.generation !== last.generation + 1) {
      problems.push(`${title}: follows on generation ${last.generation}: somebody overwrote what he had not read`);
    }
    if (last === undefined || tightnessOf(record) < tightnessOf(last)) {
      const standing = standingSwitches(events, write.atMs - LOOK_TO_WRITE_MS, write.atMs).filter(
        (one) => isInScope(one, record.portfolio) && TIGHTNESS[one.spec.mode ?? 'CancelAndHold'] > tightnessOf(record),
      );
      for (const { metadata } of standing)
        problems.push(`${title}: is ${record.state} ${record.mode ?? ''} while KillSwitch ${metadata.name} stands`);
    }
    if (last?.state === 'ENGAGED' && last.mode !== 'ReduceOnly' && record.state === 'RELEASED') {
      const isComplete = completed.some(({ haltId, atMs }) => haltId === last.haltId && atMs <= write.atMs);
      if (!isComplete) problems.push(`${title}: released before exec had told that no order is open`);
    }
    return problems;
  });
}

/** KillSwitches that existed during the whole interval, without a request to delete them. */
function standingSwitches(events: readonly TruthEvent[], fromMs: number, throughMs: number): readonly KillSwitch[] {
  const standing = new Map<string, KillSwitch>();
  for (const { resource, type, object, atMs } of events) {
    if (resource !== 'killswitches' || atMs > throughMs + RECORDER_LATE_MS) continue;
    const leaves = type === 'DELETED' || object.metadata.deletionTimestamp !== undefined;
    if (leaves) standing.delete(object.metadata.uid ?? '');
    else if (standing.has(object.metadata.uid ?? '') || atMs <= fromMs) standing.set(object.metadata.uid ?? '', object as KillSwitch);
  }
  return [...standing.values()];
}

function isInScope({ spec: { scope } }: KillSwitch, portfolio: string): boolean {
  if (scope.type === 'Namespaces') return scope.namespaces?.includes(NAMESPACE) === true;
  if (scope.type === 'Portfolios')
    return scope.portfolios?.some(({ name, namespace }) => name === portfolio && namespace === NAMESPACE) === true;
  return true;
}

function tightnessOf({ state, mode }: HaltRecord): number {
  return state === 'RELEASED' ? 0 : TIGHTNESS[mode ?? 'CancelAndHold'];
}
