/** Finds the fault for each request and event of one run of a plan; each fault strikes once (a refusal as often, an outage as long as it says). */
import { type EventFault, type Fault, isEventFault, type RequestFault } from '../plan.ts';
import { type ApiRequest, signatureOf } from './api-request.ts';

export interface FaultEngine {
  request(request: ApiRequest): RequestFault | undefined;
  event(resource: string): EventFault | undefined;
  /** Faults that have struck. */
  readonly struck: readonly Fault[];
}

interface Armed<T extends Fault> {
  readonly fault: T;
  seen: number;
  untilMs?: number;
}

export function makeFaultEngine(faults: readonly Fault[]): FaultEngine {
  const requests: Armed<RequestFault>[] = [];
  const events: Armed<EventFault>[] = [];
  for (const fault of faults) {
    if (isEventFault(fault)) events.push({ fault, seen: 0 });
    else requests.push({ fault, seen: 0 });
  }
  const struck = new Set<Fault>();
  const strike = <T extends Fault>(armed: Armed<T>): T => {
    struck.add(armed.fault);
    return armed.fault;
  };
  return {
    request(request) {
      let found: RequestFault | undefined;
      for (const armed of requests) {
        if (!concerns(armed.fault.what, request)) continue;
        armed.seen += 1;
        if (found === undefined && strikes(armed)) found = strike(armed);
      }
      return found;
    },
    event(resource) {
      let found: EventFault | undefined;
      for (const armed of events) {
        if (armed.fault.events !== resource) continue;
        armed.seen += 1;
        if (found === undefined && armed.seen === armed.fault.nth) found = strike(armed);
      }
      return found;
    },
    get struck() {
      return [...struck];
    },
  };
}

function strikes(armed: Armed<RequestFault>): boolean {
  const { fault, seen } = armed;
  if (seen < fault.nth) return false;
  if (fault.kind !== 'outage') return seen <= fault.nth + (fault.kind === 'refused' ? fault.times - 1 : 0);
  armed.untilMs ??= performance.now() + fault.ms;
  return performance.now() < armed.untilMs;
}

/** `list` and `list secrets` both concern `list secrets`; `apply deployments/a` does not concern `apply deployments/ab`. */
export function concerns(what: string, request: ApiRequest): boolean {
  if (request.resource === 'leases' && !what.includes('leases')) return false;
  if (what === 'write') return request.isWrite && request.resource !== 'events';
  const signature = signatureOf(request);
  return (
    signature === what ||
    signature.startsWith(`${what} `) ||
    (what.includes(' ') && !what.includes('/') && signature.startsWith(`${what}/`))
  );
}
