/**
 * The one table of coded operating errors; docs, metric labels and log fields come from it. Codes are never reused.
 *
 * `retry` says what a caller may do: `retry` soon, `later` (a dependency must return first), `terminal` (the input must change).
 */
export type RetryClass = 'retry' | 'later' | 'terminal';

export const ERRORS = {
  NUMBER_INVALID: { retry: 'terminal', title: 'not a plain decimal number' },
  NUMBER_TOO_PRECISE: { retry: 'terminal', title: 'more significant digits than the wire allows' },
  NUMBER_OUT_OF_RANGE: { retry: 'terminal', title: 'number outside its bounds' },
  PRICE_OFF_TICK: { retry: 'terminal', title: 'price is not a multiple of the tick size' },
  QUANTITY_OFF_LOT: { retry: 'terminal', title: 'quantity is not a multiple of the lot size' },
  INSTRUMENT_UNKNOWN: { retry: 'terminal', title: 'instrument is not defined' },
  EVENT_MALFORMED: { retry: 'terminal', title: 'payload is not JSON of the expected shape' },
  EVENT_TOO_LARGE: { retry: 'terminal', title: 'payload is larger than the bound' },
  SCHEMA_VERSION_UNSUPPORTED: { retry: 'terminal', title: 'schema version is newer than this build reads' },
  SUBJECT_INVALID: { retry: 'terminal', title: 'subject token outside [A-Za-z0-9_-]' },
  CONFIG_INVALID: { retry: 'terminal', title: 'settings are missing or invalid' },
  PARAMETERS_INVALID: { retry: 'terminal', title: 'strategy parameters refused by the strategy' },
  AGENT_UNKNOWN: { retry: 'terminal', title: 'no built-in agent of that name' },
  WEBHOOK_UNAUTHORIZED: { retry: 'terminal', title: 'webhook refused' },
  WEBHOOK_MALFORMED: { retry: 'terminal', title: 'webhook body is not in a form that the gateway reads' },
  WEBHOOK_TOO_LARGE: { retry: 'terminal', title: 'webhook body above the bound' },
  WEBHOOK_RATE_LIMITED: { retry: 'later', title: 'webhook rate limit of the source reached' },
  BUS_UNAVAILABLE: { retry: 'later', title: 'NATS does not answer' },
  BUS_REFUSED: { retry: 'terminal', title: 'NATS refused the publication' },
  BUS_NOT_PROVISIONED: { retry: 'later', title: 'stream or consumer does not exist yet' },
  FENCED: { retry: 'terminal', title: 'another instance has taken over this portfolio' },
  HISTORY_INCOMPLETE: { retry: 'later', title: 'executions have expired that no checkpoint holds, so the account cannot be rebuilt' },
  WRITE_OVERLAPS: { retry: 'later', title: 'an earlier write under the same condition is not stored yet, so this one was refused' },
  INSTANCE_ALREADY_RUNNING: { retry: 'later', title: 'another live instance owns this portfolio' },
  STORE_UNAVAILABLE: { retry: 'later', title: 'Redis does not answer' },
  CIRCUIT_OPEN: { retry: 'later', title: 'dependency failed repeatedly; calls fail at once until a trial succeeds' },
  VENUE_REJECTED: { retry: 'terminal', title: 'venue refused the order' },
  AUDIT_CORRUPT: { retry: 'terminal', title: 'audit log does not verify' },
  CLUSTER_UNAVAILABLE: { retry: 'later', title: 'Kubernetes API server does not answer' },
  CLUSTER_REFUSED: { retry: 'terminal', title: 'Kubernetes API server refused the request' },
  NOT_LEADING: { retry: 'later', title: 'this process does not lead, so it must not write' },
  RECORD_CHANGED: { retry: 'retry', title: 'another writer changed the record after it was read' },
  PORT_TAKEN: { retry: 'later', title: 'TCP port is taken' },
  TOOL_MISSING: { retry: 'terminal', title: 'a program that the local cluster needs is not installed' },
  REQUEST_FAILED: { retry: 'later', title: 'a service could not answer a request; its log says why' },
  ANSWER_TOO_LARGE: { retry: 'terminal', title: 'the answer to a request is larger than one message of the bus' },
  HANDLER_FAILED: { retry: 'retry', title: 'a message or record could not be handled; another try may succeed' },
} as const satisfies Record<string, { readonly retry: RetryClass; readonly title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * An operating error: coded, with a retry class and a cause.
 *
 * The message says what was expected, what was found and what to do next, and holds no secret.
 */
export class FlotillaError extends Error {
  readonly code: ErrorCode;
  readonly retry: RetryClass;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'FlotillaError';
    this.code = code;
    this.retry = ERRORS[code].retry;
  }
}
