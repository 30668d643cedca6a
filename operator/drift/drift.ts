/** A change by hand of something that the operator keeps. */

/** What the operator keeps as it should be; also the label of the metrics. */
export const DRIFT_KINDS = ['stream', 'consumer', 'claims', 'object', 'store-user'] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

export interface Drift {
  readonly what: DriftKind;
  /** Name of the stream, account, object or user. */
  readonly name: string;
  /** Holds no secret. */
  readonly expected: string;
  /** Holds no secret. */
  readonly found: string;
  /** False: the server does not take the change back, so a person must. */
  readonly isRepaired: boolean;
}

/** Takes each drift once it is repaired, or once it is known that it cannot be. */
export type TellDrift = (drift: Drift) => void;
