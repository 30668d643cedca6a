/** Reconciles after a recovery, once a minute, and when a UTC day begins. After a mismatch the gate denies increases until a run matches. */
import { type Clock, formatUnits, type Reconcile, sha256, subjects } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { envelopeOf, type EventSource, type RecordedReconcile } from '../engine/execution-events.ts';
import type { ExecState } from '../state/exec-state.ts';
import type { Venue } from '../venues/venue.ts';
import { compareWithVenue, type Comparison, ledgerViewOf } from './compare.ts';

const INTERVAL_MS = 60_000;
/** Time between two looks at whether a run is due. */
const LOOK_MS = 1_000;

export interface ReconcilerOptions {
  readonly source: EventSource;
  readonly state: ExecState;
  readonly venue: Venue;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly write: (recorded: RecordedReconcile) => Promise<void>;
}

export interface Reconciler {
  /** False from the start until the first match, and after a mismatch. */
  matched(): boolean;
  /** Compares and writes the event. */
  run(): Promise<void>;
  /** Runs whenever a run is due, until the signal aborts. */
  keepRunning(signal: AbortSignal): Promise<void>;
}

export function makeReconciler(options: ReconcilerOptions): Reconciler {
  const { source, state, clock, logger } = options;
  let matched = false;
  let count = 0;
  let ranAtMs = 0;
  let writtenDay = state.dayOpen?.day;

  async function run(): Promise<void> {
    let comparison = await compare();
    // An order that was on its way between the two views has arrived by the second comparison.
    if (comparison.result === 'MISMATCHED') comparison = await compare();
    matched = comparison.result === 'MATCHED';
    if (!matched) logger.error({ differences: comparison.differences }, 'the ledger and the venue disagree');
    ranAtMs = clock.monotonicMs();
    writtenDay = state.dayOpen?.day;
    await options.write(eventOf(comparison));
  }

  async function compare(): Promise<Comparison> {
    const ledger = ledgerViewOf(state);
    const [orders, positions] = await Promise.all([options.venue.openOrders(), options.venue.positions()]);
    return compareWithVenue(ledger, orders, positions);
  }

  function eventOf(comparison: Comparison): RecordedReconcile {
    count += 1;
    const id = sha256(`reconcile ${source.portfolio} ${source.epoch} ${count}`);
    const { dayOpen, newestConfig } = state;
    const { highest, highestEngaged } = state.haltGenerations;
    const event: Reconcile = {
      ...envelopeOf(source, id, id, undefined, clock.nowMs()),
      portfolio: source.portfolio,
      epoch: source.epoch,
      ...comparison,
      differences: [...comparison.differences],
      ...(dayOpen === undefined ? {} : { dayOpen: { day: dayOpen.day, profit: formatUnits(dayOpen.profit) } }),
      ...(highest === undefined
        ? {}
        : { halt: { generation: highest, ...(highestEngaged === undefined ? {} : { engagedGeneration: highestEngaged }) } }),
      ...(newestConfig === undefined ? {} : { config: newestConfig }),
    };
    return { type: 'executions.reconcile', subject: subjects.reconcile(source.portfolio), event, traceparent: undefined };
  }

  return {
    matched: () => matched,
    run,
    async keepRunning(signal) {
      while (!signal.aborted) {
        await clock.sleep(LOOK_MS, signal).catch(() => undefined);
        const due = clock.monotonicMs() - ranAtMs >= INTERVAL_MS || state.dayOpen?.day !== writtenDay;
        if (due && !signal.aborted) await run();
      }
    },
  };
}
