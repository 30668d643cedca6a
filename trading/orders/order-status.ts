/**
 * The states of an order and what may happen to it. Numbers, because a state is compared millions of times a second; the names are for people and for the
 * wire.
 */

export const STATUS_NAMES = [
  'INITIALIZED',
  'DENIED',
  'EMULATED',
  'RELEASED',
  'SUBMITTED',
  'ACCEPTED',
  'REJECTED',
  'TRIGGERED',
  'PENDING_UPDATE',
  'PENDING_CANCEL',
  'PARTIALLY_FILLED',
  'FILLED',
  'CANCELED',
  'EXPIRED',
] as const;
export type StatusName = (typeof STATUS_NAMES)[number];

export const STATUS = {
  /** Made, and not decided on. */
  INITIALIZED: 0,
  /** A check denied the order. It never left us. */
  DENIED: 1,
  /** Held by us until its condition is met. */
  EMULATED: 2,
  /** The condition of an emulated order is met. */
  RELEASED: 3,
  /** Sent to the venue. Without an answer its outcome is unknown: exec asks, and never sends again. */
  SUBMITTED: 4,
  /** Open at the venue. */
  ACCEPTED: 5,
  /** The venue said that it does not take the order. */
  REJECTED: 6,
  /** The stop price of the order was reached at the venue. */
  TRIGGERED: 7,
  /** A change is on its way to the venue. */
  PENDING_UPDATE: 8,
  /** A cancel is on its way to the venue. */
  PENDING_CANCEL: 9,
  PARTIALLY_FILLED: 10,
  FILLED: 11,
  CANCELED: 12,
  EXPIRED: 13,
} as const;
export type Status = (typeof STATUS)[StatusName];

export const HAPPENING_NAMES = [
  'DENY',
  'EMULATE',
  'RELEASE',
  'SUBMIT',
  'ACCEPT',
  'REJECT',
  'TRIGGER',
  'REQUEST_UPDATE',
  'UPDATE',
  'REFUSE_UPDATE',
  'REQUEST_CANCEL',
  'CANCEL',
  'REFUSE_CANCEL',
  'EXPIRE',
  'FILL',
] as const;
export type HappeningName = (typeof HAPPENING_NAMES)[number];

export const HAPPENING = {
  DENY: 0,
  EMULATE: 1,
  RELEASE: 2,
  SUBMIT: 3,
  ACCEPT: 4,
  REJECT: 5,
  TRIGGER: 6,
  REQUEST_UPDATE: 7,
  UPDATE: 8,
  REFUSE_UPDATE: 9,
  REQUEST_CANCEL: 10,
  CANCEL: 11,
  REFUSE_CANCEL: 12,
  EXPIRE: 13,
  FILL: 14,
} as const;
export type Happening = (typeof HAPPENING)[HappeningName];

/** The order can trade no more by what we know. A venue may still report a fill from before the end. */
export function isEnded(status: Status): boolean {
  return (ENDED & (1 << status)) !== 0;
}

/** A command for the order is on its way to the venue. */
export function isPending(status: Status): boolean {
  return status === STATUS.PENDING_UPDATE || status === STATUS.PENDING_CANCEL;
}

const ENDED = [STATUS.DENIED, STATUS.REJECTED, STATUS.FILLED, STATUS.CANCELED, STATUS.EXPIRED].reduce<number>(
  (bits, status) => bits | (1 << status),
  0,
);
