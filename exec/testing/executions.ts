/** Executions for tests of the writer. */
import { subjects } from '@flotilla/contracts';
import { systemClock } from '@flotilla/runtime';
import { envelopeOf } from '../engine/execution-events.ts';
import type { Execution } from '../service/store-execution.ts';

/** A reconciliation that found no difference. */
export function reconcileExecution(portfolio: string, id: string, positionsCompared = 0): Execution {
  const event = {
    ...envelopeOf({ portfolio, epoch: 1, revision: 'test' }, id, id, undefined, systemClock.nowMs()),
    portfolio,
    epoch: 1,
    result: 'MATCHED',
    ordersCompared: 0,
    positionsCompared,
    differences: [],
  };
  return { type: 'executions.reconcile', subject: subjects.reconcile(portfolio), event, traceparent: undefined };
}
