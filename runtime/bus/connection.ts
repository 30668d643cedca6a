/**
 * One lasting connection to NATS, for `connect-bus.ts`. The connection is made in the background, is made again for ever when it breaks, and
 * calls its listeners at every change.
 *
 * A subscription outlives a broken connection: it is made on the server at once when the connection is up, and again on every later connection.
 */
import { ACCOUNT_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock, Rng, Subscription } from '@flotilla/contracts/ports.ts';
import {
  type Authenticator,
  createInbox,
  errors,
  type Msg,
  type NatsConnection,
  type Status,
  type Subscription as NatsSubscription,
} from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { systemRng } from '../rng.ts';
import { type CallbackGuard, makeCallbackGuard } from './callback-guard.ts';
import { type ConnectDelays, makeConnectDelays } from './connect-delays.ts';

/** A little longer than the server waits (`identity/server-identity.ts`), so that the server says why it does not admit the client. */
const CONNECT_TIMEOUT_MS = 5_500;
/** The problem of a connection whose first try has not ended. */
export const FIRST_TRY_LASTS = 'not connected yet';
/** How long `tried` waits for the first connection, so that the first request of a service does not begin with a failure and a delay. */
const FIRST_TRY_MS_MAX = 250;
/** A server that leaves `PINGS_UNANSWERED_MAX` pings unanswered counts as dead. */
const PING_INTERVAL_MS = 5_000;
const PINGS_UNANSWERED_MAX = 3;
/** Longest wait for what is on its way to be handled, when the connection is closed. */
const DRAIN_MS_MAX = 5_000;
/** The bound that NATS servers have by default, for the time before the first connection. */
const PAYLOAD_BYTES_MAX_DEFAULT = 1_048_576;

export interface ConnectionOptions {
  readonly url: string;
  /** Proves who connects; absent: nothing is shown, and the server decides by its default user. */
  readonly login?: Authenticator | undefined;
  /** Shown by the server's monitoring. */
  readonly name: string;
  /** Where JetStream's API is; by default where an account has it that is not the core account. */
  readonly apiPrefix?: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Jitter of the delays between two tries. Default: the machine's own randomness. */
  readonly rng?: Rng;
  /** Counts requests and callbacks that failed. Default: they are logged, not counted. */
  readonly metrics?: Metrics;
  /** Called with a bug of a callback. Default: the bug becomes an uncaught exception, which ends the process. */
  readonly onBug?: (error: unknown) => void;
}

export interface ConnectionListener {
  /** Called after every connection, the first one included. */
  readonly onConnect?: () => void;
  readonly onDisconnect?: () => void;
  /** Called when the server refused a publication on this subject. */
  readonly onPublishRefused?: (subject: string) => void;
}

export interface Connection {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  /** JetStream's API begins with this prefix. */
  readonly apiPrefix: string;
  /** Makes every call of the runtime into a service's callback. */
  readonly guard: CallbackGuard;
  /** The live connection. @throws FlotillaError `BUS_UNAVAILABLE` while there is none. */
  live(): NatsConnection;
  connected(): boolean;
  /** Resolves when the first try to connect succeeded or failed, and after 250 ms at the latest. Never rejects. */
  readonly tried: Promise<void>;
  /** Why there is no connection; undefined while there is one. */
  problem(): string | undefined;
  /** Largest payload of one message in bytes, as the server says. Before the first connection: the default of NATS servers. */
  payloadBytesMax(): number;
  /** A fresh inbox. No other account hears it. */
  makeInbox(): string;
  subscribe(subject: string, onMessage: (message: Msg) => void, queue?: string): DrainableSubscription;
  /** Makes the connection anew, with the login as it is now. Does nothing while there is no connection, which is made with that login anyway. */
  reconnect(): Promise<void>;
  /** @returns a function that removes the listener */
  listen(listener: ConnectionListener): () => void;
  close(): Promise<void>;
}

export interface DrainableSubscription extends Subscription {
  /** Unsubscribes. Resolves when every message that the server had sent before was handled. */
  drain(): Promise<void>;
}

/** Starts to connect in the background, and retries for ever until `close`. */
export function openConnection(options: ConnectionOptions): Connection {
  return new LastingConnection(options).begin();
}

class LastingConnection implements Connection {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly apiPrefix: string;
  readonly guard: CallbackGuard;
  readonly tried: Promise<void>;
  readonly #options: ConnectionOptions;
  readonly #delays: ConnectDelays;
  readonly #listeners = new Set<ConnectionListener>();
  /** Each makes one subscription on the connection that it is given. */
  readonly #registrations = new Set<(connection: NatsConnection) => void>();
  readonly #stopping = new AbortController();
  readonly #firstTry = Promise.withResolvers<void>();
  #current: NatsConnection | undefined;
  #isUp = false;
  #lastProblem: string = FIRST_TRY_LASTS;
  #connecting: Promise<void> = Promise.resolve();

  constructor(options: ConnectionOptions) {
    const { clock, logger, rng = systemRng } = options;
    this.clock = clock;
    this.rng = rng;
    this.logger = logger;
    this.apiPrefix = options.apiPrefix ?? ACCOUNT_API_PREFIX;
    this.guard = makeCallbackGuard({ logger, metrics: options.metrics, onBug: options.onBug });
    this.tried = this.#firstTry.promise;
    this.#options = options;
    this.#delays = makeConnectDelays(rng, clock);
  }

  begin(): this {
    const stopWaiting = this.clock.after(FIRST_TRY_MS_MAX, () => this.#firstTry.resolve());
    void this.tried.then(stopWaiting);
    this.#connecting = this.#keepConnected();
    this.#connecting.catch((error: unknown) => this.logger.fatal({ err: error }, 'the connection to NATS ended'));
    return this;
  }

  live(): NatsConnection {
    if (this.#current === undefined || !this.#isUp)
      throw new FlotillaError('BUS_UNAVAILABLE', `expected a connection to NATS, found: ${this.#lastProblem}`);
    return this.#current;
  }

  connected(): boolean {
    return this.#isUp;
  }

  problem(): string | undefined {
    return this.#isUp ? undefined : this.#lastProblem;
  }

  payloadBytesMax(): number {
    return this.#current?.info?.max_payload ?? PAYLOAD_BYTES_MAX_DEFAULT;
  }

  makeInbox(): string {
    return createInbox();
  }

  listen(listener: ConnectionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  subscribe(subject: string, onMessage: (message: Msg) => void, queue?: string): DrainableSubscription {
    let active: NatsSubscription | undefined;
    const callback = (error: Error | null, message: Msg): void => {
      if (error === null) this.guard.run('subscription', subject, () => onMessage(message));
      else this.logger.error({ err: error, subject }, 'NATS refused a subscription');
    };
    const register = (connection: NatsConnection): void => {
      active = connection.subscribe(subject, { ...(queue === undefined ? {} : { queue }), callback });
    };
    this.#registrations.add(register);
    if (this.#current !== undefined && !this.#current.isClosed()) register(this.#current);
    const forget = (): void => void this.#registrations.delete(register);
    return {
      unsubscribe() {
        forget();
        active?.unsubscribe();
      },
      drain: async () => {
        forget();
        if (!this.#isUp) return active?.unsubscribe();
        await this.#drain(() => active?.drain());
      },
    };
  }

  async reconnect(): Promise<void> {
    if (this.#isUp) await this.#current?.reconnect();
  }

  async close(): Promise<void> {
    this.#stopping.abort(new FlotillaError('BUS_UNAVAILABLE', 'the bus was closed'));
    if (this.#isUp) await this.#drain(() => this.#current?.drain());
    await this.#current?.close();
    this.#setUp(false);
    await this.#connecting.catch(() => undefined);
  }

  /** The client waits for ever for a server that dies while it drains, so the wait ends with the connection, and after some seconds at the latest. */
  async #drain(drain: () => Promise<void> | undefined): Promise<void> {
    const over = Promise.withResolvers<void>();
    const stopListening = this.listen({ onDisconnect: () => over.resolve() });
    const stopWaiting = this.clock.after(DRAIN_MS_MAX, () => over.resolve());
    const drained = (async () => drain())().catch(() => undefined);
    await Promise.race([drained, over.promise]);
    stopWaiting();
    stopListening();
  }

  async #keepConnected(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const connection = await this.#tryOnce();
      if (connection === undefined) {
        await this.clock.sleep(this.#delays.delayMs(), signal).catch(() => undefined);
        continue;
      }
      if (signal.aborted) break;
      this.#delays.onConnected();
      this.logger.info({ server: connection.getServer() }, 'connected to NATS');
      for (const register of this.#registrations) register(connection);
      this.#setUp(true);
      this.#firstTry.resolve();
      await this.#follow(connection);
      this.#setUp(false);
    }
    await this.#current?.close();
  }

  async #tryOnce(): Promise<NatsConnection | undefined> {
    this.#delays.onTry();
    try {
      this.#current = await connectOnce(this.#options, this.#delays);
      return this.#current;
    } catch (error) {
      this.#lastProblem = describe(error);
      this.#firstTry.resolve();
      this.logger.debug({ err: error }, 'cannot connect to NATS; retrying');
      return undefined;
    }
  }

  /** Resolves when the connection is closed. The client reconnects by itself until then. */
  async #follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'close') return;
      this.#onStatus(status);
    }
  }

  #onStatus(status: Status): void {
    switch (status.type) {
      case 'disconnect':
        this.#lastProblem = 'connection lost';
        if (!this.#stopping.signal.aborted) this.logger.warn('connection to NATS lost; reconnecting');
        return this.#setUp(false);
      case 'reconnecting':
        return this.#delays.onTry();
      case 'reconnect':
        this.#delays.onConnected();
        this.logger.info('connected to NATS again');
        return this.#setUp(true);
      case 'error':
        return this.#onError(status.error);
      default:
    }
  }

  #onError(error: Error): void {
    this.#lastProblem = describe(error);
    this.logger.error({ err: error }, 'NATS reported an error');
    if (!(error instanceof errors.PermissionViolationError) || error.operation !== 'publish') return;
    for (const listener of this.#listeners) this.guard.run('connection', error.subject, () => listener.onPublishRefused?.(error.subject));
  }

  #setUp(up: boolean): void {
    if (this.#isUp === up) return;
    this.#isUp = up;
    for (const listener of this.#listeners)
      this.guard.run('connection', this.#options.name, () => (up ? listener.onConnect : listener.onDisconnect)?.());
  }
}

/** The first connection, which the client then keeps up by itself. */
function connectOnce({ url, name, login }: ConnectionOptions, delays: ConnectDelays): Promise<NatsConnection> {
  return connect({
    servers: url,
    name,
    authenticator(nonce) {
      delays.onAsked();
      return login?.(nonce);
    },
    maxReconnectAttempts: -1,
    // The client counts the delay from the beginning of the last try.
    reconnectDelayHandler: () => delays.delayFromBeginMs(),
    timeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: PINGS_UNANSWERED_MAX,
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
  });
}

/** Messages of connection errors name the server, never the credentials. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map((inner) => describe(inner)).join('; ');
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
