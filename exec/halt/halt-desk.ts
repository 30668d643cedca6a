/**
 * Carries out a halt, in this order: gate closed (in the turn in which the record arrives), resting orders cancelled, zero open orders
 * seen at the venue twice, each step with its time.
 *
 * The desk is latched: an engaged halt ends only by a record of a higher generation that releases it, whatever else is lost or malformed.
 */
import { type Clock, describeIssues, type HaltRecord, haltRecordSchema, type HaltReport } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import type { HaltView } from '../gate/gate-state.ts';
import type { VenueOrderView } from '../venues/venue.ts';

export interface HaltDeskOptions {
  readonly portfolio: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Cancels what rests; in mode ReduceOnly only what is no reduction. Gives how many. */
  readonly cancelResting: (mode: NonNullable<HaltRecord['mode']>, reason: string) => number;
  /** Open orders that the mode does not tolerate, by the venue's own view. */
  readonly intolerable: (mode: NonNullable<HaltRecord['mode']>) => Promise<readonly VenueOrderView[]>;
  readonly lastAcceptedAt: () => string | undefined;
  /** After every step. */
  readonly onChange: () => void;
}

export interface HaltDesk {
  view(): HaltView;
  report(): HaltReport | undefined;
  /** Monotonic time at which the last successful look began. */
  confirmedAtMs(): number | undefined;
  /** The record as read by a look that began at `lookedAtMs`; undefined: there is none. Closes the gate before it returns. */
  onLook(value: Uint8Array | undefined, lookedAtMs: number): void;
  /** The record as pushed. */
  onPush(value: Uint8Array): void;
  /** Counts an order that was refused while the gate is closed. */
  onRefused(): void;
}

const VERIFICATIONS = 2;
const VERIFY_DELAY_MS = 5;
/** Then the desk goes on trying, more slowly. */
const VERIFY_DELAY_MS_MAX = 1_000;

export function createHaltDesk(options: HaltDeskOptions): HaltDesk {
  const { clock, logger } = options;
  let view: HaltView = { state: 'UNKNOWN' };
  let report: HaltReport | undefined;
  let confirmedAtMs: number | undefined;

  const now = () => new Date(clock.nowMs()).toISOString();
  const change = (step: Partial<HaltReport>) => {
    if (report !== undefined) report = { ...report, ...step };
    options.onChange();
  };

  function apply(record: HaltRecord | undefined): void {
    if (record === undefined) {
      // Fail closed; an engaged halt stays engaged.
      if (view.state === 'RELEASED') view = { state: 'UNKNOWN' };
      return;
    }
    if (view.state !== 'UNKNOWN' && record.generation < view.generation) return;
    if (view.state === record.state && record.generation === view.generation) return;
    if (record.state === 'RELEASED') {
      view = { state: 'RELEASED', generation: record.generation };
      logger.info({ generation: record.generation }, 'no halt is in force');
      options.onChange();
      return;
    }
    engage(record);
  }

  function engage(record: HaltRecord): void {
    const receivedAt = now();
    const mode = record.mode ?? 'CancelAndHold';
    view = { state: 'ENGAGED', generation: record.generation, mode };
    const lastAcceptedAt = options.lastAcceptedAt();
    report = {
      haltId: record.haltId ?? `generation-${record.generation}`,
      generation: record.generation,
      receivedAt,
      gateClosedAt: now(),
      ...(lastAcceptedAt === undefined ? {} : { lastAcceptedAt }),
      restingCancelledCount: 0,
      refusedCount: 0,
    };
    const reason = `TRADING_HALTED: kill switch ${record.killSwitch ?? report.haltId} (${mode})`;
    const restingCancelledCount = options.cancelResting(mode, reason);
    change({ restingCancelledAt: now(), restingCancelledCount });
    logger.warn({ halt: record, restingCancelledCount }, 'halt engaged: gate closed, resting orders cancelled');
    void verify(record.generation, mode, reason);
  }

  /** Twice in a row nothing open; what still is gets cancelled again. Goes on until then, or until another record. */
  async function verify(generation: number, mode: NonNullable<HaltRecord['mode']>, reason: string): Promise<void> {
    let delayMs = VERIFY_DELAY_MS;
    let clean = 0;
    while (clean < VERIFICATIONS) {
      try {
        const open = await options.intolerable(mode);
        clean = open.length === 0 ? clean + 1 : 0;
        if (open.length > 0) options.cancelResting(mode, reason);
      } catch (error) {
        clean = 0;
        logger.error({ err: error }, 'the venue does not tell its open orders; asking again');
      }
      if (view.state !== 'ENGAGED' || view.generation !== generation) return;
      if (clean < VERIFICATIONS) await clock.sleep(delayMs);
      if (clean === 0) delayMs = Math.min(VERIFY_DELAY_MS_MAX, delayMs * 2);
    }
    if (mode !== 'ReduceOnly') change({ zeroOpenOrdersVerifiedAt: now() });
  }

  function read(value: Uint8Array): void {
    const record = parseRecord(value, options.portfolio);
    if (typeof record !== 'string') return apply(record);
    logger.error({ problem: record }, 'the halt record cannot be read: closed for every increase of risk');
    apply(undefined);
  }

  return {
    view: () => view,
    report: () => report,
    confirmedAtMs: () => confirmedAtMs,
    onPush: read,
    onLook(value, lookedAtMs) {
      if (value === undefined) apply(undefined);
      else read(value);
      confirmedAtMs = lookedAtMs;
    },
    onRefused() {
      if (view.state === 'ENGAGED' && report !== undefined) change({ refusedCount: report.refusedCount + 1 });
    },
  };
}

/** The record, or what is wrong with it. */
function parseRecord(value: Uint8Array, portfolio: string): HaltRecord | string {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(value));
  } catch {
    return 'not JSON';
  }
  const result = haltRecordSchema.safeParse(json);
  if (!result.success) return describeIssues(result.error);
  return result.data.portfolio === portfolio ? result.data : `for portfolio ${result.data.portfolio}`;
}
