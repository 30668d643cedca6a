/**
 * Why an agent runs and does not decide, for its status. The operator shows the problem as a condition of the Strategy. Pure.
 */
import type { ReasonOf } from '@flotilla/contracts/conditions/condition-reasons.ts';
import {
  FlotillaError,
  type Instrument,
  type NormalizedSignal,
  PROBLEM_MESSAGE_LENGTH_MAX,
  toQuantityLots,
  type WorkerProblem,
} from '@flotilla/contracts';
import { type Difficulties, type SignalOutcome, UNUSABLE_PRICES_MIN, withDifficulty } from './difficulties.ts';
import { type Holdings, WORKING_ORDERS_MAX } from './holdings.ts';

/** Decisions in a row that fail before the agent reports them: one bad signal is reported by POISON alone. */
export const FAILED_DECISIONS_MIN = 3;

/** What went wrong with the last signals. */
export interface DecisionRecord {
  /** Failures since the last decision that succeeded. */
  readonly failureCount: number;
  /** Message of the last failure. */
  readonly lastFailure: string;
  readonly difficulties: Difficulties;
}

export const NO_DIFFICULTIES: DecisionRecord = { failureCount: 0, lastFailure: '', difficulties: {} };

export function withFailure(record: DecisionRecord, error: FlotillaError): DecisionRecord {
  return { ...record, failureCount: record.failureCount + 1, lastFailure: `${error.code}: ${error.message}` };
}

/** The record after a signal was folded and its decisions were published. */
export function withSuccess(record: DecisionRecord, signal: NormalizedSignal, outcome: SignalOutcome): DecisionRecord {
  return { failureCount: 0, lastFailure: '', difficulties: withDifficulty(record.difficulties, signal, outcome) };
}

/** Undefined while the agent decides. `sizeProblem` is what {@link findSizeProblem} found at the start. */
export function decisionProblem(
  record: DecisionRecord,
  holdings: Holdings,
  sizeProblem: WorkerProblem | undefined,
): WorkerProblem | undefined {
  if (sizeProblem !== undefined) return sizeProblem;
  if (record.failureCount >= FAILED_DECISIONS_MIN)
    return problem('DecisionsFail', `the last ${record.failureCount} decisions failed, the last one with ${record.lastFailure}`);
  const workingCount = Object.keys(holdings.working).length;
  if (workingCount >= WORKING_ORDERS_MAX) {
    return problem(
      'OrdersUnanswered',
      `${workingCount} orders are open or not answered by exec, and the agent proposes no more: look at exec`,
    );
  }
  return difficultyProblem(record.difficulties);
}

function difficultyProblem(difficulties: Difficulties): WorkerProblem | undefined {
  const all = Object.values(difficulties);
  const unusable = all.find(({ unusableCount }) => unusableCount >= UNUSABLE_PRICES_MIN);
  if (unusable !== undefined) {
    return problem('PricesUnusable', `the last ${unusable.unusableCount} prices cannot be used: ${unusable.lastUnusable}`);
  }
  const notSized = all.find((one) => one.notSized !== undefined)?.notSized;
  return notSized === undefined ? undefined : problem('PositionNotSized', notSized.message);
}

/** A quantity that is not a whole number of lots makes every order of the instrument impossible. */
export function findSizeProblem(quantity: string | undefined, instruments: Iterable<Instrument>): WorkerProblem | undefined {
  if (quantity === undefined) return undefined;
  for (const instrument of instruments) {
    try {
      toQuantityLots(quantity, instrument);
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      return problem('QuantityOffLot', `spec.parameters.quantity does not fit ${instrument.symbol}: ${error.message}`);
    }
  }
  return undefined;
}

function problem(reason: ReasonOf<'Strategy'>, message: string): WorkerProblem {
  return { reason, message: message.slice(0, PROBLEM_MESSAGE_LENGTH_MAX) };
}
