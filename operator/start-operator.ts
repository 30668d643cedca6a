/** Starts the operator: live copies of what it reads from the start on, and controllers while it leads. `main.ts` gives it the adapters. */
import { endlessTerm, reconcileProblem, startLeaderElection, type Term, watchProblem } from '@flotilla/kube/mod.ts';
import type { OperatorOptions } from './operator-options.ts';
import { serveTenants } from './tenants/serve-tenants.ts';

export const LEASE_NAME = 'flotilla-operator';
/** Longest wait for controllers that end. Work that lasts longer cannot write any more, because its term is over. */
const STOP_MS_MAX = 1_000;

export interface Operator {
  /** Each gives the reason why the operator cannot work at the moment, or undefined. A standby is ready when it could take over. */
  readonly checks: Readonly<Record<'cluster' | 'bus', () => string | undefined>>;
  /** Each gives the reason why only a new process would help, or undefined. */
  readonly liveChecks: Readonly<Record<'watches' | 'reconciles', () => string | undefined>>;
  isLeading(): boolean;
  /** Ends the controllers, then releases the lease. */
  stop(): Promise<void>;
}

export function startOperator(options: OperatorOptions): Operator {
  const { cluster, bus, settings, clock, logger, election } = options;
  const tenants = serveTenants(options);
  const { own } = tenants;
  const lead = (isLeading: boolean): void => tenants.control.leading(LEASE_NAME, isLeading);
  let leads = false;
  let ended: Promise<void> = Promise.resolve();

  const begin = (term: Term): void => {
    lead(true);
    leads = true;
    tenants.lead(term);
    term.ended.addEventListener('abort', () => void end());
  };
  const end = (): Promise<void> => {
    lead(false);
    leads = false;
    ended = Promise.all([ended, tenants.end()]).then(() => undefined);
    return ended;
  };

  lead(false);
  const elected =
    election === undefined
      ? undefined
      : startLeaderElection({
          ...election,
          // A renewal that waits behind a backlog of writes would come too late and end the term of all of them.
          cluster: cluster.urgent(),
          namespace: settings.namespace,
          name: LEASE_NAME,
          clock,
          logger,
          onElected: begin,
          onLost(cause) {
            if (cause !== 'expired') election.onDeposed(cause);
          },
        });
  if (election === undefined) begin(endlessTerm());

  return {
    // A tenant that cannot be served must not make the operator unready for the others. Its state is a metric.
    checks: {
      bus: () => own.leading()?.busProblem() ?? bus.problem(),
      cluster() {
        const waiting = own.watches.all.find((reflector) => !reflector.stats().synced);
        return waiting === undefined ? undefined : `${waiting.type.plural} are not listed yet`;
      },
    },
    liveChecks: {
      watches: () => watchProblem(tenants.reflectors()),
      reconciles: () => reconcileProblem(tenants.all().flatMap((tenant) => tenant.controllers())),
    },
    isLeading: () => leads && elected?.isLeading() !== false,
    async stop() {
      // The lease is released after the controllers have ended. Work that has not ended by then cannot write, because its term is over.
      const waiting = new AbortController();
      await Promise.race([end(), clock.sleep(STOP_MS_MAX, waiting.signal).catch(() => undefined)]);
      waiting.abort();
      await elected?.stop();
      await ended;
      await tenants.stop();
    },
  };
}
