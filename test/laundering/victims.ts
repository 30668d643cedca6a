/** The other principals listen where an attacker could reach them: in their inboxes, to pushes, and for the requests that they answer. */
import { pushSubject } from '@flotilla/contracts/access/core-account.ts';
import { type Attacker, type Member, MEMBERS, rightsOf } from './cast.ts';
import type { RawConnection, World } from './world.ts';

export interface Victims {
  /** Ends the listening. Gives what they heard and should not have heard, each once. */
  stop(): Promise<readonly string[]>;
}

export async function startVictims(world: World, attacker: Attacker): Promise<Victims> {
  const holes = new Set<string>();
  const onHole = (hole: string): void => void holes.add(hole);
  const connections: RawConnection[] = [];
  for (const member of MEMBERS) {
    if (member === attacker && world.tenant === undefined) continue;
    const connection = await world.connectVictim(member);
    connections.push(connection);
    const askable = world.tenant === undefined ? rightsOf(attacker, world.coreHash).ask : [];
    listen(connection, { member, askable, coreHash: world.coreHash, onHole });
  }
  const callout = await world.connectCallout();
  if (callout !== undefined) {
    connections.push(callout);
    callout.subscribe('$SYS.REQ.USER.AUTH', { callback: () => onHole('callout was asked by the attacker') });
  }
  for (const connection of connections) await connection.flush();
  return {
    async stop() {
      for (const connection of connections) {
        await connection.flush();
        await connection.close();
      }
      return [...holes];
    },
  };
}

interface Listening {
  readonly member: Member;
  /** Subjects on which the attacker may ask. */
  readonly askable: readonly string[];
  readonly coreHash: string;
  readonly onHole: (hole: string) => void;
}

function listen(connection: RawConnection, { member, askable, coreHash, onHole }: Listening): void {
  const own = rightsOf(member, coreHash);
  connection.subscribe('_INBOX.evil', { callback: () => onHole(`${member} heard the attacker in its inbox`) });
  for (const subject of own.hear) {
    connection.subscribe(pushSubject(subject), {
      callback: (_error, message) => {
        // The server names the sequence under which it stored what it pushes.
        if (!/^[1-9]\d*$/.test(message.headers?.get('Nats-Sequence') ?? ''))
          onHole(`${member} heard a push of ${subject} that no stream stored`);
      },
    });
  }
  for (const subject of own.answer) {
    if (askable.some((pattern) => covers(pattern, subject))) continue;
    connection.subscribe(subject, { callback: () => onHole(`${member} was asked on ${subject}`) });
  }
}

function covers(pattern: string, subject: string): boolean {
  const found = subject.split('.');
  return pattern.split('.').every((token, index) => token === '*' || token === found[index]);
}
