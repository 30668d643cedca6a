/**
 * Decides which halt record a portfolio must have, for the halt register. Pure and level-triggered: the only place where a halt is engaged or released.
 *
 * - A KillSwitch in scope engages the halt. Of several the tightest counts, of equally tight ones the oldest.
 * - A halt is latched: a deleted KillSwitch stays in force until exec has confirmed the halt in a fresh report. Silence of exec confirms nothing.
 *   Two things replace the report: the portfolio never had an exec, or a person has overridden the wait on the deleted KillSwitch.
 * - A KillSwitch that was deleted before it engaged anything engages first.
 * - A record that is lost, unreadable or behind what exec has seen is written again, with a generation above both.
 * - A record without a KillSwitch comes from the break-glass command: only that command releases it.
 */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { HaltMode, HaltRecord } from '@flotilla/contracts/control/halt.ts';
import type { DeletionOverride } from '../fleet/deletion-override.ts';
import type { HaltReading } from '../provision/halt-reading.ts';
import type { Report } from '../provision/status-board.ts';

/** A KillSwitch with this portfolio in scope. */
export interface EngagedSwitch {
  readonly uid: string;
  readonly name: string;
  readonly mode: Exclude<HaltMode, 'Flatten'>;
  readonly reason: string;
  readonly deleting: boolean;
  /** A record at least as tight has stood since the KillSwitch was created. */
  readonly hasEngaged: boolean;
  /** Honoured while the KillSwitch is being deleted. */
  readonly override?: DeletionOverride | undefined;
  /** Orders equally tight switches; RFC 3339. */
  readonly createdAt: string;
  /** When the operator first saw the KillSwitch; RFC 3339. */
  readonly observedAt: string;
}

export interface HaltInput {
  readonly portfolio: string;
  readonly current: HaltReading;
  readonly switches: readonly EngagedSwitch[];
  readonly exec: Report<ExecStatus> | undefined;
  /** The bus holds no event of any exec of this portfolio. */
  readonly neverRan: boolean;
  /** RFC 3339. */
  readonly now: string;
}

const TIGHTNESS: Readonly<Record<HaltMode, number>> = { ReduceOnly: 1, CancelAndHold: 2, Flatten: 3 };
/** `haltId` in exec's report on a record that carries none. */
const BREAK_GLASS_ID = /^generation-\d+$/;
const LOST_KILL_SWITCH = 'unknown: the halt record was lost';

/** The record that must stand; the very record of `current` when nothing is to be written. */
export function planHalt(input: HaltInput): HaltRecord {
  const { current } = input;
  const inForce = haltInForce(input);
  const wanted = tightest(input, inForce);
  const record = wanted === undefined ? withoutSwitch(input, inForce) : withSwitch(input, inForce, wanted);
  assert(wanted === undefined || record.state === 'ENGAGED', 'a KillSwitch in force must leave the record ENGAGED');
  assert(
    current.kind !== 'record' || record === current.record || record.generation > current.record.generation,
    'a halt record that changes must have a higher generation',
  );
  assert(record.generation >= highestGeneration(input), 'a halt record must not be behind what exec has seen');
  return record;
}

/** True when `record` opens a gate, or stops less than what stands: then the API server itself has to be asked first. */
export function isLooser(record: HaltRecord, current: HaltReading): boolean {
  if (current.kind === 'record' && record === current.record) return false;
  return tightnessOf(record) < (current.kind === 'record' ? Math.max(1, tightnessOf(current.record)) : 1);
}

/** 0 for a RELEASED record. */
export function tightnessOf({ state, mode }: Pick<HaltRecord, 'state' | 'mode'>): number {
  return state === 'RELEASED' ? 0 : TIGHTNESS[mode ?? 'CancelAndHold'];
}

/** True when it is known that the halt has gone as far as it must before it may be released. */
export function isHaltComplete(record: HaltRecord, { exec, neverRan }: Pick<HaltInput, 'exec' | 'neverRan'>): boolean {
  if (exec?.fresh !== true) return neverRan;
  const report = exec.value.halt;
  if (report === undefined || report.haltId !== haltIdOf(record) || report.generation < record.generation) return false;
  return record.mode === 'ReduceOnly' || report.zeroOpenOrdersVerifiedAt !== undefined;
}

/** The override by which a halt that is not complete may be released. */
export function overrideOf({ switches }: Pick<HaltInput, 'switches'>, record: HaltRecord): DeletionOverride | undefined {
  return switches.find(({ uid, deleting }) => deleting && uid === record.haltId)?.override;
}

/** As exec names the halt in its report. */
function haltIdOf({ haltId, generation }: HaltRecord): string {
  return haltId ?? `generation-${generation}`;
}

/** The highest generation that anybody is known to have written or seen. */
function highestGeneration({ current, exec }: HaltInput): number {
  const written = current.kind === 'record' ? current.record.generation : current.kind === 'unreadable' ? current.generation : 0;
  return Math.max(written, exec?.value.haltGeneration ?? 0, exec?.value.halt?.generation ?? 0);
}

/** True when exec, which has seen more, would not follow the record that stands. */
function isBehind(record: HaltRecord, input: HaltInput): boolean {
  if (record.generation < highestGeneration(input)) return true;
  return record.state === 'RELEASED' && (input.exec?.value.halt?.generation ?? -1) >= record.generation;
}

/** The halt that has been engaged and not been released: from the record, or from exec's report when the record does not tell. */
function haltInForce(input: HaltInput): HaltRecord | undefined {
  const { current } = input;
  if (current.kind !== 'record') return haltAtExec(input);
  if (current.record.state === 'ENGAGED') return current.record;
  return isBehind(current.record, input) ? haltAtExec(input) : undefined;
}

/** The halt that exec reports, when exec has seen no release of it. */
function haltAtExec({ portfolio, exec, now }: HaltInput): HaltRecord | undefined {
  const report = exec?.value.halt;
  if (exec === undefined || report === undefined) return undefined;
  const { haltGeneration, tradingState } = exec.value;
  const isReleased = haltGeneration === undefined ? tradingState === 'ACTIVE' : haltGeneration > report.generation;
  if (isReleased) return undefined;
  const { haltId, generation } = report;
  const halt = { schemaVersion: 1, portfolio, generation, state: 'ENGAGED', mode: 'CancelAndHold', writtenAt: now } as const;
  return BREAK_GLASS_ID.test(haltId) ? halt : { ...halt, haltId, killSwitch: LOST_KILL_SWITCH };
}

/** The switch that decides: the tightest of those in force. */
function tightest(input: HaltInput, inForce: HaltRecord | undefined): EngagedSwitch | undefined {
  const isInForce = (one: EngagedSwitch): boolean => {
    if (!one.deleting) return true;
    if (inForce === undefined || inForce.haltId !== one.uid) return !one.hasEngaged;
    return !isHaltComplete(inForce, input) && one.override === undefined;
  };
  return input.switches
    .filter(isInForce)
    .sort((a, b) => TIGHTNESS[b.mode] - TIGHTNESS[a.mode] || compare(a.createdAt, b.createdAt) || compare(a.name, b.name))[0];
}

function withSwitch(input: HaltInput, inForce: HaltRecord | undefined, wanted: EngagedSwitch): HaltRecord {
  const { uid, name, mode, reason, observedAt } = wanted;
  if (inForce !== undefined) {
    const isSame = inForce.haltId === uid && inForce.mode === mode && inForce.killSwitch === name;
    if (isSame || (isBreakGlass(inForce) && tightnessOf(inForce) >= TIGHTNESS[mode])) return standing(input, inForce);
  }
  const { portfolio, now } = input;
  const generation = highestGeneration(input) + 1;
  return {
    schemaVersion: 1,
    portfolio,
    generation,
    state: 'ENGAGED',
    haltId: uid,
    killSwitch: name,
    mode,
    reason,
    observedAt,
    writtenAt: now,
  };
}

function withoutSwitch(input: HaltInput, inForce: HaltRecord | undefined): HaltRecord {
  const { portfolio, current, now } = input;
  if (inForce !== undefined) {
    const mayEnd = isHaltComplete(inForce, input) || overrideOf(input, inForce) !== undefined;
    if (isBreakGlass(inForce) || !mayEnd) return standing(input, inForce);
  } else if (current.kind === 'record' && !isBehind(current.record, input)) {
    return current.record;
  }
  const highest = highestGeneration(input);
  // Only a portfolio of which nothing was ever written or seen begins at 0.
  const generation = current.kind === 'absent' && highest === 0 && input.exec?.value.halt === undefined ? 0 : highest + 1;
  return { schemaVersion: 1, portfolio, generation, state: 'RELEASED', writtenAt: now };
}

/** The halt as it is, or written again with a generation that exec follows. */
function standing(input: HaltInput, halt: HaltRecord): HaltRecord {
  const isWritten = input.current.kind === 'record' && input.current.record === halt;
  return isWritten && !isBehind(halt, input) ? halt : { ...halt, generation: highestGeneration(input) + 1, writtenAt: input.now };
}

function isBreakGlass(record: HaltRecord): boolean {
  return record.state === 'ENGAGED' && record.killSwitch === undefined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
