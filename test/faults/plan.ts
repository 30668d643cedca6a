/** A fault plan: pure data that says which request or event of a scenario meets which fault. */
import type { ScenarioName } from './scenarios.ts';

/** The `nth` request (1: the first) whose signature begins with `what`; `write`: any write of an object other than an Event. */
interface RequestPoint {
  readonly what: string;
  readonly nth: number;
}

/** The `nth` event that the watches of this resource bring. */
interface EventPoint {
  readonly events: string;
  readonly nth: number;
}

export type RequestFault = RequestPoint &
  (
    | { readonly kind: 'crash'; readonly side: 'before' | 'after' }
    /** The request is carried out, its answer never comes. */
    | { readonly kind: 'lost' }
    /** Cut before it reached the server. */
    | { readonly kind: 'reset' }
    /** A peer that is gone without a word: nothing comes until the connection is cut. `delivered`: the request had got through. */
    | { readonly kind: 'half-open'; readonly ms: number; readonly delivered: boolean }
    | { readonly kind: 'refused'; readonly statusCode: number; readonly times: number; readonly retryAfterSeconds?: number }
    /** All such requests are refused for a while. */
    | { readonly kind: 'outage'; readonly statusCode: number; readonly ms: number }
    /** The answer ends in the middle. */
    | { readonly kind: 'truncated' }
    /** The server answers from a snapshot `back` changes ago. */
    | { readonly kind: 'stale'; readonly back: number }
    /** SIGSTOP of the process for so long; the request goes on its way at once, or only when the process goes on. */
    | { readonly kind: 'freeze'; readonly ms: number; readonly side: 'before' | 'after' }
    /** All caches must be listed anew while this write is on its way. */
    | { readonly kind: 'relist'; readonly side: 'before' | 'after' }
    /** Somebody replaces the object of this write, or its owner, by another one of the same name. */
    | { readonly kind: 'recreate'; readonly side: 'before' | 'after'; readonly target: 'object' | 'owner' }
  );

export type EventFault = EventPoint &
  /** Nothing comes any more, then the watch ends: `gone`: by a 410; `cut`: without a word. */
  (
    | { readonly kind: 'dropped'; readonly ms: number; readonly end: 'gone' | 'cut' }
    /** The last `count` events come once more, in order. */
    | { readonly kind: 'duplicated'; readonly count: number }
    /** The event and all later events arrive this much later. */
    | { readonly kind: 'late'; readonly ms: number }
    /** Events within this time arrive as one event for each object. */
    | { readonly kind: 'coalesced'; readonly ms: number }
    | { readonly kind: 'truncated-line' }
    | { readonly kind: 'error-event'; readonly statusCode: number }
  );

export type Fault = RequestFault | EventFault;

export interface FaultPlan {
  readonly scenario: ScenarioName;
  readonly faults: readonly Fault[];
}

export function isEventFault(fault: Fault): fault is EventFault {
  return 'events' in fault;
}

/** For titles and tables: `halt: crash before apply killswitches/stop #1`. */
export function describePlan({ scenario, faults }: FaultPlan): string {
  const words = faults.map((fault) => {
    const { kind, nth, ...rest } = fault;
    const point = isEventFault(fault) ? `event of ${fault.events}` : fault.what;
    const more = Object.entries(rest)
      .filter(([key]) => key !== 'what' && key !== 'events')
      .map(([key, value]) => `${key} ${String(value)}`)
      .join(', ');
    return `${kind}${more === '' ? '' : ` (${more})`} at ${point} #${nth}`;
  });
  return `${scenario}: ${words.join(' + ') || 'no fault'}`;
}
