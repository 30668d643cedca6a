/** The streams of the bus. The operator alone creates them. */
import { DEDUPLICATION_WINDOW_MS } from '../values/limits.ts';

const DAY_MS = 86_400_000;
/** The server takes no shorter window, and no stream without one. */
const DUPLICATE_WINDOW_MS_MIN = 100;

export interface StreamDefinition {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly maxAgeMs: number;
  /** Whether deleting and purging messages is forbidden for every user. */
  readonly sealed: boolean;
  readonly duplicateWindowMs: number;
  /** Messages on these subjects are pushed to those who hear of them ({@link ./core-account.ts}). */
  readonly pushed?: string;
  /** Messages on these subjects are stored without the last token. */
  readonly shortened?: { readonly from: string; readonly to: string };
}

/** All streams have retention `limits`, file storage and `discard: new`, so that a full stream refuses new messages and keeps the old ones. */
export const STREAMS = {
  SIGNALS: stream('SIGNALS', ['signals.raw.*', 'signals.normalized.*.*'], 7 * DAY_MS, false, 'signals.normalized.>'),
  DECISIONS: {
    ...stream('DECISIONS', ['decisions.proposal.*.*', 'decisions.proposal.*.*.*', 'decisions.order_intent.*.*'], 30 * DAY_MS, true),
    // An account can import proposals without intents by the longer form alone: an import needs a wildcard, and the kind must not be it.
    shortened: { from: 'decisions.proposal.*.*.*', to: 'decisions.proposal.{{wildcard(1)}}.{{wildcard(2)}}' },
  },
  EXECUTIONS: stream(
    'EXECUTIONS',
    ['executions.order.*.*', 'executions.fill.*.*', 'executions.reconcile.*', 'executions.epoch.*'],
    365 * DAY_MS,
    true,
    'executions.>',
  ),
  AUDIT: stream('AUDIT', ['audit.event.*'], 7 * 365 * DAY_MS, true),
  POISON: stream('POISON', ['poison.*.*'], 90 * DAY_MS, true),
  /**
   * Evidence that no service acts on: decisions of agents whose AgentRole says so, and publications on subjects that the principal has no right to.
   *
   * A principal chooses the ids of its attempts, and with an id of before it could hide one. So the bus forgets these ids as soon as it can.
   */
  QUARANTINE: { ...stream('QUARANTINE', ['quarantine.>'], 30 * DAY_MS, true, 'quarantine.>'), duplicateWindowMs: DUPLICATE_WINDOW_MS_MIN },
} as const;

export type StreamName = keyof typeof STREAMS;

function stream(name: string, subjectList: readonly string[], maxAgeMs: number, sealed: boolean, pushed?: string): StreamDefinition {
  const definition = { name, subjects: subjectList, maxAgeMs, sealed, duplicateWindowMs: DEDUPLICATION_WINDOW_MS };
  return pushed === undefined ? definition : { ...definition, pushed };
}
