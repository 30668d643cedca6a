/** A connection of the NATS client itself, for tests that try what the runtime's adapters never do. */
import type { IdentityName } from '@flotilla/contracts/access/identities.ts';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';

/** The rights are those of the identity. In tests the password is the name. */
export function openRawConnection(url: string, name: IdentityName, password: string = name): Promise<NatsConnection> {
  return connect({ servers: url, user: name, pass: password, inboxPrefix: `_INBOX_${name}` });
}
