/** The Bus port on NATS JetStream. */
import type { Bus, Clock, Subscription } from '@flotilla/contracts/ports.ts';
import { FlotillaError } from '@flotilla/contracts/errors.ts';
import { type ConnectionOptions, openConnection } from './connection.ts';
import { lastOf, lastPerSubject, readFrom } from './direct-get.ts';
import { callApi } from './json-api.ts';
import { plainHeaders } from './plain-headers.ts';
import { publish } from './publish.ts';
import { openPullConsumer } from './pull-consumer.ts';
import { createRequester } from './requester.ts';

/** A Bus with what its own machinery needs beyond the port. */
export interface NatsBus extends Bus {
  readonly clock: Clock;
  /** Why it is not connected, without credentials. */
  problem(): string | undefined;
  /** Calls back at every connection, the first one too if it is still to come. */
  onConnect(callback: () => void): Subscription;
  /** One call of JetStream's JSON API (`STREAM.CREATE.X`); for provisioning alone. */
  callApi<Answer>(endpoint: string, request?: object): Promise<Answer>;
}

/** Resolves after the first try, or soon: the connection is made, and for ever remade, in the background. */
export async function connectBus(options: ConnectionOptions): Promise<NatsBus> {
  const connection = openConnection(options);
  const requester = createRequester(connection);
  await connection.tried;
  return {
    clock: options.clock,
    publish: (subject, payload, publishOptions) => publish(requester, subject, payload, publishOptions),
    consume: (stream, consumer, consumeOptions) => openPullConsumer(connection, requester, stream, consumer, consumeOptions),
    read: (stream, readOptions) => readFrom(connection, stream, readOptions),
    last: (stream, subject) => lastOf(requester, stream, subject),
    lastPerSubject: (stream, subject) => lastPerSubject(connection, stream, subject),
    subscribe: (subject, handler) =>
      connection.subscribe(subject, (message) =>
        handler({ subject: message.subject, payload: message.data, headers: plainHeaders(message.headers) }),
      ),
    async request(subject, payload, timeoutMs) {
      try {
        return (await requester.request(subject, payload, timeoutMs)).data;
      } catch (error) {
        if (
          error instanceof FlotillaError &&
          (error.code === 'BUS_NOT_PROVISIONED' || (error.code === 'BUS_UNAVAILABLE' && connection.connected()))
        )
          return undefined;
        throw error;
      }
    },
    respond: (subject, handler, queue) =>
      connection.subscribe(
        subject,
        (message) => {
          handler(message.data).then(
            (answer) => message.respond(answer),
            (error: unknown) => options.logger.error({ err: error, subject }, 'a request could not be answered'),
          );
        },
        queue,
      ),
    connected: () => connection.connected(),
    problem: () => connection.problem(),
    onConnect(callback) {
      const stop = connection.listen({ onConnect: callback });
      return { unsubscribe: stop };
    },
    callApi: (endpoint, request) => callApi(requester, `$JS.API.${endpoint}`, request),
    close: () => connection.close(),
  } satisfies NatsBus;
}
