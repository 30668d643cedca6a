/**
 * Which halt record a portfolio must have. Pure, level-triggered, and the only place where a halt is engaged or released.
 *
 * - A KillSwitch in scope engages; of several the tightest counts, of equals the oldest.
 * - Latched: a switch that is deleted stays in force until exec has confirmed the halt, or no exec runs. (An exec that cannot reach the
 *   bus cannot trade either: it records every order there before the venue hears of it.)
 * - A record that carries no KillSwitch comes from the break-glass command: only that command releases it.
 */
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltMode, HaltRecord } from '@flotilla/contracts/control/halt.ts';
import type { Report } from '../provision/status-board.ts';

/** A KillSwitch with this portfolio in scope. */
export interface EngagedSwitch {
  readonly uid: string;
  readonly name: string;
  readonly mode: Exclude<HaltMode, 'Flatten'>;
  readonly reason: string;
  readonly deleting: boolean;
  /** Orders equals; RFC 3339. */
  readonly createdAt: string;
  /** When the operator first saw it. */
  readonly observedAt: string;
}

export interface HaltInput {
  readonly portfolio: string;
  readonly current: HaltRecord | undefined;
  readonly switches: readonly EngagedSwitch[];
  readonly exec: Report<ExecStatus> | undefined;
  /** An exec that does not report does not run (the status board is conclusive). */
  readonly silenceIsAbsence: boolean;
  /** RFC 3339. */
  readonly now: string;
}

const TIGHTNESS: Readonly<Record<HaltMode, number>> = { ReduceOnly: 1, CancelAndHold: 2, Flatten: 3 };

/** The record that must stand; `current` itself when nothing is to be written. */
export function planHalt(input: HaltInput): HaltRecord {
  const { portfolio, current, now } = input;
  const wanted = tightest(input);
  if (wanted === undefined) return released(input);
  const { uid, name, mode, reason, observedAt } = wanted;
  if (current !== undefined && current.state === 'ENGAGED') {
    if (current.haltId === uid && current.mode === mode) return current;
    if (isBreakGlass(current) && TIGHTNESS[current.mode ?? 'CancelAndHold'] >= TIGHTNESS[mode]) return current;
  }
  return {
    schemaVersion: 1,
    portfolio,
    generation: (current?.generation ?? 0) + 1,
    state: 'ENGAGED',
    haltId: uid,
    killSwitch: name,
    mode,
    reason,
    observedAt,
    writtenAt: now,
  };
}

/** True when `record` stops less than `current` does, or is the first and stops nothing. */
export function isLooser(record: HaltRecord, current: HaltRecord | undefined): boolean {
  if (record === current) return false;
  return current === undefined ? record.state === 'RELEASED' : tightnessOf(record) < tightnessOf(current);
}

function tightnessOf({ state, mode }: HaltRecord): number {
  return state === 'RELEASED' ? 0 : TIGHTNESS[mode ?? 'CancelAndHold'];
}

/** True when the halt has gone as far as it must before it may be released. */
export function isHaltComplete(record: HaltRecord, { exec, silenceIsAbsence }: Pick<HaltInput, 'exec' | 'silenceIsAbsence'>): boolean {
  if (exec === undefined || !exec.fresh) return silenceIsAbsence;
  const report = exec.value.halt;
  if (report === undefined || report.haltId !== record.haltId || report.generation < record.generation) return false;
  return record.mode === 'ReduceOnly' || report.zeroOpenOrdersVerifiedAt !== undefined;
}

function tightest(input: HaltInput): EngagedSwitch | undefined {
  const { switches, current } = input;
  const inForce = switches.filter((one) => {
    if (!one.deleting) return true;
    const isLatched = current?.state === 'ENGAGED' && current.haltId === one.uid;
    return isLatched && !isHaltComplete(current, input);
  });
  return inForce.sort((a, b) => TIGHTNESS[b.mode] - TIGHTNESS[a.mode] || compare(a.createdAt, b.createdAt) || compare(a.name, b.name))[0];
}

function released(input: HaltInput): HaltRecord {
  const { portfolio, current, now } = input;
  if (current === undefined) return { schemaVersion: 1, portfolio, generation: 0, state: 'RELEASED', writtenAt: now };
  if (current.state === 'RELEASED' || isBreakGlass(current) || !isHaltComplete(current, input)) return current;
  return { schemaVersion: 1, portfolio, generation: current.generation + 1, state: 'RELEASED', writtenAt: now };
}

function isBreakGlass(record: HaltRecord): boolean {
  return record.state === 'ENGAGED' && record.killSwitch === undefined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
