/** Every bound of the system that more than one service must agree on. */

/** Largest webhook body. */
export const WEBHOOK_BODY_BYTES_MAX = 64 * 1024;
/** Accepted distance between a webhook's timestamp and our clock, either way. */
export const WEBHOOK_CLOCK_SKEW_MS_MAX = 300_000;
/** Bound on significant digits of a decimal on the wire. A double holds as many exactly, so no peer can round a number without an error. */
export const DECIMAL_SIGNIFICANT_DIGITS_MAX = 15;
/** Largest event on the bus; a webhook's body escaped into JSON plus its envelope fits. */
export const EVENT_BYTES_MAX = 512 * 1024;
/** Deliveries of one message before it goes to POISON. */
export const DELIVERIES_MAX = 5;
/** First and longest delay of a redelivery. */
export const REDELIVERY_DELAY_MS_MIN = 1_000;
export const REDELIVERY_DELAY_MS_MAX = 60_000;
/** How long the bus waits for an acknowledgement before it redelivers. */
export const ACK_WAIT_MS = 30_000;
/** Messages in flight per consumer. */
export const GATEWAY_IN_FLIGHT_MAX = 100;
export const AGENT_IN_FLIGHT_MAX = 10;
export const EXEC_IN_FLIGHT_MAX = 5;
export const AUDIT_IN_FLIGHT_MAX = 1_000;
/** How far back the bus remembers message ids; exec and agents deduplicate beyond it by their own state. */
export const DEDUPLICATION_WINDOW_MS = 300_000;
/** Age above which a market price no longer supports a risk-increasing order. */
export const MARKET_PRICE_AGE_MS_MAX = 60_000;
/**
 * How long exec may go on taking risk after it last looked at its configuration, and last began to store a report of what it runs. Below the
 * age at which the operator takes a silent exec for absent, so an exec that the operator no longer waits for takes no more risk.
 */
export const LIMITS_CONFIRMATION_AGE_MS_MAX = 10_000;
