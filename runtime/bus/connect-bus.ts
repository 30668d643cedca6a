/** The Bus port on NATS JetStream. */
import type { Bus, Clock, Subscription } from '@flotilla/contracts/ports.ts';
import { type ErrorCode, FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { answerRequest, throwErrorAnswer } from './answer-request.ts';
import type { CallbackGuard } from './callback-guard.ts';
import { type Connection, type ConnectionOptions, openConnection } from './connection.ts';
import { lastOf, lastPerSubject, readFrom } from './direct-get.ts';
import { callApi } from './json-api.ts';
import { getFromLeader } from './leader-get.ts';
import { plainHeaders } from './plain-headers.ts';
import { publish } from './publish.ts';
import { openPullConsumer } from './pull-consumer.ts';
import { makeRequester } from './requester.ts';

/** A Bus with the methods that the runtime itself needs beyond the port. */
export interface NatsBus extends Bus {
  readonly clock: Clock;
  /** Makes the calls into a service's callbacks, and deals with their errors. */
  readonly guard: CallbackGuard;
  /** Why the bus is not connected, without credentials; undefined while it is. */
  problem(): string | undefined;
  /** Calls `callback` at every connection from now on, and at the first one if it has not been made yet. */
  onConnect(callback: () => void): Subscription;
  /** Makes the connection anew, with the login as it is now. */
  reconnect(): Promise<void>;
  /** One call of JetStream's JSON API (`STREAM.CREATE.X`), for provisioning alone. */
  callApi<Answer>(endpoint: string, request?: object): Promise<Answer>;
}

/** Resolves after the first try to connect, and after 250 ms at the latest. The connection is made, and made again for ever, in the background. */
export async function connectBus(options: ConnectionOptions): Promise<NatsBus> {
  const connection = openConnection(options);
  const requester = makeRequester(connection);
  const requestFailures = options.metrics?.counter('bus_request_failures_total', 'Requests to this service that failed, by error code', [
    'code',
  ]);
  await connection.tried;
  return {
    clock: options.clock,
    guard: connection.guard,
    publish: (subject, payload, publishOptions) => publish(requester, subject, payload, publishOptions),
    consume: (stream, consumer, consumeOptions) => openPullConsumer(connection, requester, stream, consumer, consumeOptions),
    read: (stream, readOptions) => readFrom({ connection, requester }, stream, readOptions),
    last: (stream, subject, servedBy) =>
      servedBy === 'LEADER' ? getFromLeader(requester, stream, { last_by_subj: subject }) : lastOf(requester, stream, subject),
    at: (stream, sequence) => getFromLeader(requester, stream, { seq: sequence }),
    lastPerSubject: (stream, subject) => lastPerSubject(connection, stream, subject),
    subscribe: (subject, handler) =>
      connection.subscribe(subject, (message) =>
        handler({ subject: message.subject, payload: message.data, headers: plainHeaders(message.headers) }),
      ),
    async request(subject, payload, timeoutMs) {
      const answer = await requester.request(subject, payload, timeoutMs).catch((error: unknown) => {
        if (isSilence(error, connection)) return undefined;
        throw error;
      });
      if (answer !== undefined) throwErrorAnswer(subject, answer);
      return answer?.data;
    },
    respond(subject, handler, queue) {
      const answering = {
        handler,
        payloadBytesMax: () => connection.payloadBytesMax(),
        logger: options.logger,
        onFailure: (code: ErrorCode) => requestFailures?.inc({ code }),
      };
      return connection.subscribe(subject, (message) => void answerRequest(message, answering), queue);
    },
    connected: () => connection.connected(),
    problem: () => connection.problem(),
    onConnect(callback) {
      const stop = connection.listen({ onConnect: callback });
      return { unsubscribe: stop };
    },
    reconnect: () => connection.reconnect(),
    callApi: (endpoint, request) => callApi(requester, endpoint, request),
    close: () => connection.close(),
  } satisfies NatsBus;
}

/** No service listens on the subject, or none answered in time although the connection stands. */
function isSilence(error: unknown, connection: Connection): boolean {
  if (!(error instanceof FlotillaError)) return false;
  return error.code === 'BUS_NOT_PROVISIONED' || (error.code === 'BUS_UNAVAILABLE' && connection.connected());
}
