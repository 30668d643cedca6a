/**
 * Tries what an account hears. A connection subscribes to everything, so each import of pushed messages shows in the routing of the server to which it is
 * connected. The server itself then says, for each subject, whether the account would get a message. No message is published, so none can land.
 */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Connection } from '../bus/connection.ts';
import type { SystemAccount } from './system-account.ts';
import type { ProbeCells, Tried } from './try-cells.ts';

/** Requests to a server at once. */
const AT_ONCE_MAX = 16;

export interface HearingAccounts {
  /** Public key of the core account, which publishes the pushes. */
  readonly core: string;
  /** Public key of the account that is tried. */
  readonly account: string;
}

/** @throws FlotillaError of the bus */
export async function tryHearing(
  connection: Pick<Connection, 'live'>,
  system: Pick<SystemAccount, 'hearersOf'>,
  { core, account }: HearingAccounts,
  { forbidden, allowed }: ProbeCells['hearing'],
): Promise<Tried> {
  const nats = connection.live();
  const serverId = nats.info?.server_id;
  if (serverId === undefined) throw new FlotillaError('BUS_UNAVAILABLE', 'expected the server to name itself, found no connection');
  const everything = nats.subscribe('>', { callback: () => undefined });
  try {
    await nats.flush().catch((error: unknown) => {
      throw new FlotillaError('BUS_UNAVAILABLE', `the probe lost its connection: ${String(error)}`);
    });
    const heard = new Set<string>();
    const subjects = [...forbidden, ...allowed];
    for (let index = 0; index < subjects.length; index += AT_ONCE_MAX) {
      const batch = subjects.slice(index, index + AT_ONCE_MAX);
      const hearers = await Promise.all(batch.map((subject) => system.hearersOf(core, subject, serverId)));
      for (const [place, subject] of batch.entries()) if (hearers[place]?.includes(account) === true) heard.add(subject);
    }
    return { leaks: forbidden.filter((subject) => heard.has(subject)), unanswered: allowed.filter((subject) => !heard.has(subject)) };
  } finally {
    everything.unsubscribe();
  }
}
