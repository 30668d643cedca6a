/**
 * The halt of the whole account, carried out in this order: the gate closes in the turn in which the record arrives, resting orders are
 * cancelled, and the venue is asked twice that no order is open. Each step is reported with its time.
 *
 * The account halt is latched: {@link ./judge-halt-record.ts} says which record may end it.
 */
import type { Clock, HaltMode, HaltRecord, HaltReport } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { HaltView } from '../gate/gate-state.ts';
import type { VenueOrderView } from '../venues/venue.ts';
import { confirmNoneOpen } from './confirm-none-open.ts';
import type { HaltGenerations } from '../state/halt-generations.ts';
import { type HaltVerdict, judgeHaltFinding } from './judge-halt-record.ts';
import { readHaltRecord } from './read-halt-record.ts';

export interface AccountHaltOptions {
  readonly portfolio: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The generations that earlier instances have read. */
  readonly generations: HaltGenerations;
  /** Cancels resting orders, in mode ReduceOnly only those that do not reduce. Returns how many. */
  readonly cancelResting: (mode: HaltMode, reason: string) => number;
  /** Open orders that the mode does not tolerate, as the venue sees them. */
  readonly intolerable: (mode: HaltMode) => Promise<readonly VenueOrderView[]>;
  readonly lastAcceptedAt: () => string | undefined;
  /** After every step. */
  readonly onChange: () => void;
  /** A record of a higher generation was read: it must be kept. */
  readonly onGenerations: (generations: HaltGenerations) => void;
  readonly onUnknownFields: (fields: readonly string[]) => void;
}

export interface AccountHalt {
  view(): HaltView;
  report(): HaltReport | undefined;
  generations(): HaltGenerations;
  /** The problem of the record that the last look found. */
  problem(): string | undefined;
  /** Monotonic time at which the last look began that found a record in order. */
  confirmedAtMs(): number | undefined;
  /** Takes the record that a look found which began at `lookedAtMs`; undefined: no record. Closes the gate before it returns. */
  onLook(value: Uint8Array | undefined, lookedAtMs: number): void;
  /** Counts an order that was refused while a halt is engaged. */
  onRefused(): void;
}

export function makeAccountHalt(options: AccountHaltOptions): AccountHalt {
  const { clock, logger, onChange } = options;
  let view: HaltView = { state: 'UNKNOWN', problem: 'no halt record has been read yet' };
  let generations = options.generations;
  let problem: string | undefined;
  let report: HaltReport | undefined;
  let confirmedAtMs: number | undefined;

  const now = () => formatTime(clock.nowMs());
  const change = (step: Partial<HaltReport>) => {
    report = report === undefined ? undefined : { ...report, ...step };
    onChange();
  };

  function engage(record: HaltRecord, mode: HaltMode): void {
    report = begunReport(record, now(), options.lastAcceptedAt());
    const reason = `TRADING_HALTED: kill switch ${record.killSwitch ?? report.haltId} (${mode})`;
    const restingCancelledCount = options.cancelResting(mode, reason);
    change({ restingCancelledAt: now(), restingCancelledCount });
    logger.warn({ halt: record, restingCancelledCount }, 'halt engaged: the gate is closed and resting orders are cancelled');
    void confirm(record.generation, mode, reason);
  }

  async function confirm(generation: number, mode: HaltMode, reason: string): Promise<void> {
    const isConfirmed = await confirmNoneOpen({
      ...options,
      countOpen: async () => (await options.intolerable(mode)).length,
      cancelOpen: () => void options.cancelResting(mode, reason),
      isInForce: () => view.state === 'ENGAGED' && view.generation === generation,
    });
    if (isConfirmed && mode !== 'ReduceOnly') change({ zeroOpenOrdersVerifiedAt: now() });
  }

  function onProblem(found: string | undefined): void {
    if (found === problem) return;
    problem = found;
    logProblem(logger, found);
    onChange();
  }

  function onVerdict(verdict: HaltVerdict, lookedAtMs: number): void {
    const [before, known] = [view, generations];
    view = verdict.view;
    if (verdict.engages !== undefined && view.state === 'ENGAGED') engage(verdict.engages, view.mode);
    if (view.state === 'RELEASED' && before.state !== 'RELEASED') {
      logger.info({ generation: view.generation }, 'no halt is in force');
      onChange();
    }
    generations = verdict.generations;
    if (isRaised(generations, known)) options.onGenerations(generations);
    onProblem(verdict.problem);
    if (verdict.problem === undefined) confirmedAtMs = lookedAtMs;
  }

  return {
    view: () => view,
    report: () => report,
    generations: () => generations,
    problem: () => problem,
    confirmedAtMs: () => confirmedAtMs,
    onLook(value, lookedAtMs) {
      const reading = readHaltRecord(value, options.portfolio);
      options.onUnknownFields(reading.unknownFields);
      onVerdict(judgeHaltFinding(view, generations, reading), lookedAtMs);
    },
    onRefused() {
      if (view.state === 'ENGAGED' && report !== undefined) change({ refusedCount: report.refusedCount + 1 });
    },
  };
}

function isRaised(after: HaltGenerations, before: HaltGenerations): boolean {
  return after.highest !== before.highest || after.highestEngaged !== before.highestEngaged;
}

function logProblem(logger: Logger, problem: string | undefined): void {
  if (problem === undefined) logger.info('the halt record is in order again');
  else logger.error({ problem }, 'the halt record proves nothing: the gate is closed for every increase of risk');
}

/** The gate closed in the turn in which the record arrived, so both times are the same. */
function begunReport({ haltId, generation }: HaltRecord, now: string, lastAcceptedAt: string | undefined): HaltReport {
  return {
    haltId: haltId ?? `generation-${generation}`,
    generation,
    receivedAt: now,
    gateClosedAt: now,
    ...(lastAcceptedAt === undefined ? {} : { lastAcceptedAt }),
    restingCancelledCount: 0,
    refusedCount: 0,
  };
}
