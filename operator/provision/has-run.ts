/** Whether a portfolio ever had an exec, from EXECUTIONS: the evidence that no order of the portfolio can be open. */
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';

interface StreamInfo {
  readonly state: { readonly subjects?: Readonly<Record<string, number>> };
}

/**
 * Remembers a portfolio that has run, because events of EXECUTIONS are never deleted. Asks the bus each time for a portfolio that has not run.
 * The answer comes from the stream's leader, so that it is never older than the last acknowledged event.
 */
export function makeHasRun(bus: Pick<NatsBus, 'callApi'>): (portfolio: string) => Promise<boolean> {
  const ran = new Set<string>();
  /** Epochs and reconciliations have three tokens; orders and fills have four. */
  const filters = (portfolio: string): readonly string[] => [`executions.*.${portfolio}`, `executions.*.${portfolio}.*`];
  return async (portfolio) => {
    if (ran.has(portfolio)) return true;
    for (const filter of filters(portfolio)) {
      const { state } = await bus.callApi<StreamInfo>('STREAM.INFO.EXECUTIONS', { subjects_filter: filter });
      if (Object.keys(state.subjects ?? {}).length > 0) {
        ran.add(portfolio);
        return true;
      }
    }
    return false;
  };
}
