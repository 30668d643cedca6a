/** A connection of the NATS client itself, for tests that try what the runtime's adapters never do. */
import { type Authenticator, headers as makeHeaders, type NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { userLogin } from '../identity/login.ts';
import type { TestPrincipal } from './bus-identity.ts';
import type { NatsServer } from './nats-server.ts';

export type RawConnection = NatsConnection;

/** The rights are those of the principal. */
export async function openRawConnection(server: Pick<NatsServer, 'url' | 'identity'>, principal: TestPrincipal): Promise<NatsConnection> {
  return openRawLogin(server.url, userLogin(await server.identity.login(principal)));
}

/** @param reconnect whether the client connects again when the connection breaks */
export function openRawLogin(url: string, login: Authenticator, reconnect = true): Promise<NatsConnection> {
  return connect({ servers: url, authenticator: login, reconnect });
}

export interface RawMessage {
  readonly subject: string;
  readonly payload: string;
  readonly reply?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export function publishRaw(connection: NatsConnection, { subject, payload, reply, headers }: RawMessage): void {
  const sent = makeHeaders();
  for (const [name, value] of Object.entries(headers ?? {})) sent.set(name, value);
  connection.publish(subject, payload, {
    ...(reply === undefined ? {} : { reply }),
    ...(headers === undefined ? {} : { headers: sent }),
  });
}
