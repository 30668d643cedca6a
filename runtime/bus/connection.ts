/**
 * One lasting connection to NATS: it connects in the background, reconnects for ever, and tells its listeners. For `connect-bus.ts`.
 *
 * A subscription is registered first. The connection makes it on the server at once when it is up, and again on every later connection.
 */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { makeBackOff } from '@flotilla/contracts/errors/back-off.ts';
import type { Clock, Rng, Subscription } from '@flotilla/contracts/ports.ts';
import { createInbox, errors, type Msg, type NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { systemRng } from '../rng.ts';
import { type CallbackGuard, makeCallbackGuard } from './callback-guard.ts';

const RECONNECT_WAIT_MS = 100;
const RECONNECT_JITTER_MS = 100;
/** Short also after many failures: a halt waits for the connection. */
const CONNECT_DELAYS = { firstMs: RECONNECT_WAIT_MS, maxMs: RECONNECT_WAIT_MS + RECONNECT_JITTER_MS } as const;
const CONNECT_TIMEOUT_MS = 2_000;
/** How long a start waits for the first connection, so that what comes next need not begin with a failure and a delay. */
const FIRST_TRY_MS_MAX = 250;
/** A peer that is silent for three of these is taken for dead. */
const PING_INTERVAL_MS = 5_000;
const PINGS_UNANSWERED_MAX = 3;
/** Of a server that was not asked yet. */
const PAYLOAD_BYTES_MAX_DEFAULT = 1_048_576;

export interface ConnectionOptions {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Shown by the server's monitoring. */
  readonly name: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Jitter of reconnections; the machine's own unless told otherwise. */
  readonly rng?: Rng;
  /** Counts requests and callbacks that failed; absent: they are logged alone. */
  readonly metrics?: Metrics;
  /** What a bug in a callback does. Default: it becomes an uncaught exception, which ends the process. */
  readonly onBug?: (error: unknown) => void;
}

export interface ConnectionListener {
  /** Connected, for the first time or again. */
  readonly onConnect?: () => void;
  readonly onDisconnect?: () => void;
  /** The server refused a publication on this subject. */
  readonly onPublishRefused?: (subject: string) => void;
}

export interface Connection {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  /** Calls back into the service; whatever the runtime hands to a service's callback goes through it. */
  readonly guard: CallbackGuard;
  /** The live connection. @throws FlotillaError `BUS_UNAVAILABLE`. */
  live(): NatsConnection;
  connected(): boolean;
  /** Resolves when the first try to connect succeeded or failed, or takes long; never rejects. */
  readonly tried: Promise<void>;
  /** Why it is not connected. */
  problem(): string | undefined;
  /** Largest payload of one message, as the server says; its default before the first connection. */
  payloadBytesMax(): number;
  /** A fresh inbox below this user's private prefix. */
  makeInbox(): string;
  subscribe(subject: string, onMessage: (message: Msg) => void, queue?: string): DrainableSubscription;
  listen(listener: ConnectionListener): () => void;
  close(): Promise<void>;
}

export interface DrainableSubscription extends Subscription {
  /** Unsubscribes, and resolves when everything that the server had sent before was handled. */
  drain(): Promise<void>;
}

/** Each user's replies live below a prefix of its own, so that no other user can be allowed to read them by accident. */
export function inboxPrefixOf(user: string | undefined): string {
  return user === undefined ? '_INBOX' : `_INBOX_${user}`;
}

export function openConnection(options: ConnectionOptions): Connection {
  const { clock, logger, rng = systemRng } = options;
  const backOff = makeBackOff(CONNECT_DELAYS, rng);
  const inboxPrefix = inboxPrefixOf(options.user);
  const guard = makeCallbackGuard({ logger, metrics: options.metrics, onBug: options.onBug });
  const listeners = new Set<ConnectionListener>();
  const registrations = new Set<(connection: NatsConnection) => void>();
  const stopping = new AbortController();
  let current: NatsConnection | undefined;
  let isUp = false;
  let lastProblem = 'not connected yet';
  const firstTry = Promise.withResolvers<void>();
  const stopWaiting = clock.after(FIRST_TRY_MS_MAX, () => firstTry.resolve());
  void firstTry.promise.then(stopWaiting);

  const setUp = (up: boolean) => {
    if (isUp === up) return;
    isUp = up;
    for (const listener of listeners) guard.run('connection', options.name, () => (up ? listener.onConnect : listener.onDisconnect)?.());
  };

  const keepConnected = async () => {
    while (!stopping.signal.aborted) {
      try {
        current = await connect({
          servers: options.url,
          name: options.name,
          ...(options.user === undefined ? {} : { user: options.user, pass: options.password ?? '' }),
          inboxPrefix,
          maxReconnectAttempts: -1,
          reconnectTimeWait: RECONNECT_WAIT_MS,
          reconnectJitter: RECONNECT_JITTER_MS,
          timeout: CONNECT_TIMEOUT_MS,
          pingInterval: PING_INTERVAL_MS,
          maxPingOut: PINGS_UNANSWERED_MAX,
          ignoreAuthErrorAbort: true,
          noAsyncTraces: true,
        });
      } catch (error) {
        lastProblem = describe(error);
        firstTry.resolve();
        logger.debug({ err: error }, 'cannot connect to NATS; retrying');
        await clock.sleep(backOff.nextDelayMs(), stopping.signal).catch(() => undefined);
        continue;
      }
      if (stopping.signal.aborted) break;
      backOff.reset();
      logger.info({ server: current.getServer() }, 'connected to NATS');
      for (const register of registrations) register(current);
      setUp(true);
      firstTry.resolve();
      await follow(current);
      setUp(false);
    }
    await current?.close();
  };

  const follow = async (connection: NatsConnection) => {
    for await (const status of connection.status()) {
      switch (status.type) {
        case 'disconnect':
          lastProblem = 'connection lost';
          if (!stopping.signal.aborted) logger.warn('connection to NATS lost; reconnecting');
          setUp(false);
          break;
        case 'reconnect':
          logger.info('connected to NATS again');
          setUp(true);
          break;
        case 'error':
          onError(status.error);
          break;
        case 'close':
          return;
        default:
      }
    }
  };

  const onError = (error: Error) => {
    lastProblem = describe(error);
    logger.error({ err: error }, 'NATS reported an error');
    if (!(error instanceof errors.PermissionViolationError) || error.operation !== 'publish') return;
    for (const listener of listeners) guard.run('connection', error.subject, () => listener.onPublishRefused?.(error.subject));
  };

  const connecting = keepConnected();
  connecting.catch((error: unknown) => logger.fatal({ err: error }, 'the connection to NATS ended'));

  return {
    clock,
    rng,
    logger,
    guard,
    tried: firstTry.promise,
    live() {
      if (current === undefined || !isUp)
        throw new FlotillaError('BUS_UNAVAILABLE', `expected a connection to NATS, found: ${lastProblem}`);
      return current;
    },
    connected: () => isUp,
    problem: () => (isUp ? undefined : lastProblem),
    payloadBytesMax: () => current?.info?.max_payload ?? PAYLOAD_BYTES_MAX_DEFAULT,
    makeInbox: () => createInbox(inboxPrefix),
    subscribe(subject, onMessage, queue) {
      let active: ReturnType<NatsConnection['subscribe']> | undefined;
      const register = (connection: NatsConnection) => {
        active = connection.subscribe(subject, {
          ...(queue === undefined ? {} : { queue }),
          callback: (error, message) => {
            if (error === null) guard.run('subscription', subject, () => onMessage(message));
            else logger.error({ err: error, subject }, 'NATS refused a subscription');
          },
        });
      };
      registrations.add(register);
      if (current !== undefined && !current.isClosed()) register(current);
      return {
        unsubscribe() {
          registrations.delete(register);
          active?.unsubscribe();
        },
        async drain() {
          registrations.delete(register);
          if (!isUp) return active?.unsubscribe();
          await active?.drain().catch(() => undefined);
        },
      };
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      stopping.abort(new FlotillaError('BUS_UNAVAILABLE', 'the bus was closed'));
      if (isUp) await current?.drain().catch(() => undefined);
      else await current?.close();
      setUp(false);
      await connecting.catch(() => undefined);
    },
  };
}

/** Messages of connection errors name the server, never the credentials. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map((inner) => describe(inner)).join('; ');
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
