/**
 * The ports: everything that a pure core needs from the world. The real adapters are in runtime; tests have adapters of their own.
 */

/** Time. `nowMs` is wall time (milliseconds since the epoch), `monotonicMs` never goes back and has an arbitrary origin. */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
  /** Resolves after `delayMs`; rejects with the signal's reason when aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Calls `callback` once after `delayMs`; the result cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Randomness. `next` is uniform in [0, 1). */
export interface Rng {
  next(): number;
  bytes(length: number): Uint8Array;
}

export interface PublishOptions {
  /** `Nats-Msg-Id`: the bus drops a second message with it. Empty: no deduplication. */
  readonly messageId: string;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Refuse with `FENCED` unless the last message on `subject` has this stream sequence (0: no such message). A stream with replicas takes one such
   * write at a time, and refuses with `WRITE_OVERLAPS` while an earlier write with the same `subject`, or one on it, is not stored yet.
   */
  readonly expectedLastSubjectSequence?: { readonly subject: string; readonly sequence: number };
}

export interface PublishAck {
  readonly stream: string;
  readonly sequence: number;
  /** True when the bus already held a message with this id. */
  readonly duplicate: boolean;
}

export interface StoredMessage {
  readonly stream: string;
  readonly subject: string;
  readonly sequence: number;
  /** When the bus stored it, milliseconds since the epoch. */
  readonly storedAtMs: number;
  readonly payload: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** A message of a durable consumer; exactly one of ack, nak or term ends it. */
export interface Delivery extends StoredMessage {
  /** 1 at the first delivery. */
  readonly deliveryCount: number;
  /** Counts every delivery of this consumer, redeliveries too: a gap means that one was lost on the way and will come late. */
  readonly consumerSequence?: number;
  /** Messages of this consumer that wait behind this one. */
  readonly pending: number;
  /** Resolves when it is on its way; a lost one means another delivery, which every handler must bear anyway. */
  ack(): Promise<void>;
  /** Redelivers after `delayMs`. */
  nak(delayMs: number): void;
  /** Never redelivers. */
  term(reason: string): void;
  /** Renews the acknowledgement window. */
  working(): void;
}

export interface ConsumeOptions {
  readonly maxInFlight: number;
  /**
   * `ackFloor`: begin again, also after each lost connection, with everything that was delivered and not acknowledged, in order and at
   * once. For a consumer that only one instance uses. Default `none`: such messages come when their acknowledgement window ends.
   */
  readonly resume?: 'none' | 'ackFloor';
}

export interface Consumption extends AsyncIterable<Delivery> {
  /** Why nothing comes at the moment (not connected, consumer gone); undefined when all is well. It goes on by itself. */
  problem?(): string | undefined;
  /** Stops pulling; the iteration ends after what was delivered. */
  stop(): Promise<void>;
}

export interface Subscription {
  unsubscribe(): void;
}

/**
 * The server that answers a read. `ANY`: any server that holds a copy; the copy may lag behind. `LEADER`: the leader of the stream, which holds every
 * message that the stream acknowledged. Whatever decides on money or on a halt reads from the leader.
 */
export type ServedBy = 'ANY' | 'LEADER';

/**
 * The bus. Every rejection is a FlotillaError: `BUS_UNAVAILABLE` (retry later), `BUS_REFUSED`, `BUS_NOT_PROVISIONED`, `FENCED`,
 * `WRITE_OVERLAPS`.
 */
export interface Bus {
  /** Resolves when the stream stored (and synced) the message. */
  publish(subject: string, payload: Uint8Array, options: PublishOptions): Promise<PublishAck>;
  consume(stream: string, consumer: string, options: ConsumeOptions): Promise<Consumption>;
  /**
   * Messages of the stream from `fromSequence` on that match `subject` (wildcards allowed), in order, up to the last sequence known at the
   * call. Needs no consumer. `servedBy: 'LEADER'` needs `throughSequence`, and proves that no message up to it is missing.
   */
  read(
    stream: string,
    options: {
      readonly subject: string;
      readonly fromSequence: number;
      readonly throughSequence?: number;
      readonly servedBy?: ServedBy;
    },
  ): AsyncIterable<StoredMessage>;
  /** The last message on a subject; served by `ANY` unless told otherwise. With `LEADER` the subject may have wildcards. */
  last(stream: string, subject: string, servedBy?: ServedBy): Promise<StoredMessage | undefined>;
  /** The message with this sequence, served by the leader. */
  at(stream: string, sequence: number): Promise<StoredMessage | undefined>;
  /** The last message of each subject that matches. */
  lastPerSubject(stream: string, subject: string): Promise<readonly StoredMessage[]>;
  /** Core subscription: at most once, no replay. A FlotillaError of `handler` is logged; any other exception is a bug and ends the process. */
  subscribe(
    subject: string,
    handler: (message: {
      readonly subject: string;
      readonly payload: Uint8Array;
      readonly headers: Readonly<Record<string, string>>;
    }) => void,
  ): Subscription;
  /**
   * Core request. Undefined when no service answered within `timeoutMs`.
   *
   * @throws FlotillaError with the code that the service answered with (`REQUEST_FAILED`, `ANSWER_TOO_LARGE`, …), and those of the bus.
   */
  request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array | undefined>;
  /**
   * Answers core requests; `queue` shares them among instances. Whatever `handler` throws, and an answer above the payload limit of the
   * bus, becomes an error answer: no request ends a service. Undefined from `handler` leaves the request without an answer.
   */
  respond(subject: string, handler: (payload: Uint8Array) => Promise<Uint8Array | undefined>, queue?: string): Subscription;
  /** True while connected. */
  connected(): boolean;
  /** Drains and closes. */
  close(): Promise<void>;
}

export interface KeyValueEntry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Grows with every write of the bucket; a bucket that was deleted and created again counts from 1. */
  readonly revision: number;
  /** When the bus stored it, milliseconds since the epoch. */
  readonly storedAtMs: number;
}

export interface WatchKeyOptions {
  /**
   * After each successful look and after `onEntry`: the monotonic time at which the look began, and what it found; undefined: the key is
   * not there. Looks of one watch never overlap, so they are told in the order in which they were made.
   */
  readonly onLook?: (begunMs: number, entry: KeyValueEntry | undefined) => void;
  /** Time between two looks when no write is heard of; one second unless told otherwise. */
  readonly pollMs?: number;
}

export interface KeyWatch extends Subscription {
  /** Looks now. A look that is under way already is shared. @throws FlotillaError of the bus. */
  look(): Promise<void>;
}

/** A bucket of a key-value store with revisions. */
export interface KeyValue {
  get(key: string): Promise<KeyValueEntry | undefined>;
  /** Revision of the last write or deletion of the key; 0 without any. */
  lastRevision(key: string): Promise<number>;
  /**
   * Resolves with the revision of the write.
   *
   * @param lastRevision as `expectedLastSubjectSequence`: refuse with `FENCED` unless the key has this revision (0: neither a write nor a deletion of it is stored)
   */
  put(key: string, value: Uint8Array, lastRevision?: number): Promise<number>;
  /** Calls `onEntry` with the current value, if any, and with every later one (values in between may be skipped). Resolves after the first. */
  watch(key: string, onEntry: (entry: KeyValueEntry) => void, options?: WatchKeyOptions): Promise<KeyWatch>;
}

/** A plain store with expiry (Redis). Every rejection is a FlotillaError `STORE_UNAVAILABLE` or `CIRCUIT_OPEN`. */
export interface Store {
  get(key: string): Promise<Uint8Array | undefined>;
  set(key: string, value: Uint8Array): Promise<void>;
  /** True when the key was not there and now is, until `ttlMs` have passed. */
  setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean>;
  connected(): boolean;
  close(): Promise<void>;
}
