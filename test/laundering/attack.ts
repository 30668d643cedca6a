/** Runs every attempt of one identity against a server of its own, and says what changed that the identity has no right to change. */
import { subjectInAccount, ACCOUNT_HASH, CORE_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { IDENTITIES, IDENTITY_NAMES, type IdentityName } from '@flotilla/contracts/access/identities.ts';
import {
  agentConsumer,
  auditConsumer,
  BUCKETS,
  type BucketName,
  execConsumer,
  normaliserConsumer,
  STREAMS,
  type StreamName,
} from '@flotilla/contracts/bus/streams.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { openBucket } from '@flotilla/runtime/key-value.ts';
import { ensureConsumer } from '@flotilla/runtime/provision/ensure-consumer.ts';
import { ensureBucket, ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { openRawConnection } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { attemptsOf, PARKED_PAYLOADS, parkingOf } from './attempts.ts';
import { renderFlatAccount } from './flat-account.ts';
import { STORED } from './known-names.ts';
import { readServerState, type ServerState, subjectsStoredSince } from './server-state.ts';

/** `accounts`: as installed. `flat`: all users in one account, as before. */
export type Variant = 'accounts' | 'flat';

export interface Finding {
  readonly attemptCount: number;
  /** Changes beyond the identity's rights, each once, in plain words. Empty: the identity is walled in. */
  readonly holes: readonly string[];
}

const CHUNK = 200;
const encode = (text: string) => new TextEncoder().encode(text);

export async function attack(name: IdentityName, variant: Variant): Promise<Finding> {
  const server = await startNatsServer(variant === 'flat' ? { accounts: renderFlatAccount() } : {});
  const bus = await openTestBus({ url: server.url });
  try {
    await provision(bus);
    const victims = await startVictims(server.url, name);
    const local = variant === 'flat' ? (subject: string) => subject : subjectInAccount;
    const before = await readServerState(bus);
    const attempts = attemptsOf(IDENTITIES[name].bus, local, ACCOUNT_HASH);
    const attacker = await openRawConnection(server.url, name);
    for (const parked of PARKED_PAYLOADS) {
      for (const subject of parkingOf(IDENTITIES[name].bus, local)) attacker.publish(subject, parked);
      await attacker.flush();
      for (let index = 0; index < attempts.length; index += CHUNK) {
        for (const { subject, payload, reply } of attempts.slice(index, index + CHUNK)) attacker.publish(subject, payload, { reply });
        await attacker.flush();
      }
    }
    const after = await settledState(bus);
    const heard = await victims.stop();
    await attacker.close();
    const stored = await subjectsStoredSince(bus, before, after);
    return {
      attemptCount: attempts.length * PARKED_PAYLOADS.length,
      holes: [...holesOf(name, before, after, stored), ...heard].toSorted(),
    };
  } finally {
    await bus.close();
    await server.stop();
  }
}

/** Every stream holds a message that the audit writer has in hand and has not acknowledged. */
async function provision(bus: NatsBus): Promise<void> {
  for (const stream of Object.keys(STREAMS) as StreamName[]) {
    await ensureStream(bus, STREAMS[stream], { replicas: 1 });
    await ensureConsumer(bus, auditConsumer(stream));
  }
  for (const bucket of Object.keys(BUCKETS) as BucketName[]) await ensureBucket(bus, bucket, { replicas: 1 });
  await ensureConsumer(bus, normaliserConsumer());
  await ensureConsumer(bus, agentConsumer('main', 'momentum', ['BTC-USD']));
  await ensureConsumer(bus, execConsumer('main'));
  await openBucket(bus, 'CONTROL').put('halt.main', encode('halted'));
  await openBucket(bus, 'CONFIG').put('exec.main', encode('configured'));
  await openBucket(bus, 'STATUS').put('exec.main', encode('reported'));
  for (const [stream, subject] of Object.entries(STORED)) {
    for (const id of ['first', 'second']) await bus.publish(subject, encode(subject), { messageId: `${subject} ${id}` });
    const consumption = await bus.consume(stream, 'audit', { maxInFlight: 1, resume: 'none' });
    for await (const delivery of consumption) {
      if (delivery.sequence > 0) break;
    }
    await consumption.stop();
  }
}

/** The other identities listen where an attacker could reach them: inboxes, pushes, and the requests that they answer. */
async function startVictims(url: string, attacker: IdentityName): Promise<{ stop(): Promise<readonly string[]> }> {
  const holes = new Set<string>();
  const connections = await Promise.all(
    IDENTITY_NAMES.filter((name) => name !== attacker).map(async (name) => {
      const connection = await openRawConnection(url, name);
      connection.subscribe(`_INBOX_${name}.>`, { callback: () => void holes.add(`${name} heard the attacker in its inbox`) });
      for (const subject of IDENTITIES[name].bus.hear) {
        connection.subscribe(`push.${subject}`, {
          callback: (_error, message) => {
            if (message.headers?.get('Nats-Sequence') === undefined || message.headers.get('Nats-Sequence') === '')
              holes.add(`${name} heard a push of ${subject} that no stream stored`);
          },
        });
      }
      for (const subject of IDENTITIES[name].bus.answer) {
        if (IDENTITIES[attacker].bus.ask.includes(subject)) continue;
        connection.subscribe(subject, { callback: () => void holes.add(`${name} was asked on ${subject}`) });
      }
      await connection.flush();
      return connection;
    }),
  );
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

/** Work that the server does behind an answer is done when two looks are equal. */
async function settledState(bus: NatsBus): Promise<ServerState> {
  let last = '';
  return eventually('the servers come to rest', async () => {
    const state = await readServerState(bus);
    const text = JSON.stringify(state);
    const isSame = text === last;
    last = text;
    return isSame && state;
  });
}

function holesOf(name: IdentityName, before: ServerState, after: ServerState, stored: ReadonlySet<string>): readonly string[] {
  const rights = IDENTITIES[name].bus.publish;
  const holes: string[] = [];
  for (const stream of new Set([...Object.keys(before.streams), ...Object.keys(after.streams)])) {
    const [old, now] = [before.streams[stream], after.streams[stream]];
    if (old === undefined) holes.push(`created stream ${stream}`);
    else if (now === undefined) holes.push(`deleted stream ${stream}`);
    else {
      if (old.config !== now.config) holes.push(`changed stream ${stream}`);
      // A bucket forgets old values of a key by itself.
      const isBucket = stream.startsWith('KV_');
      if (!isBucket && (old.firstSequence !== now.firstSequence || old.deletedCount !== now.deletedCount))
        holes.push(`deleted messages of ${stream}`);
    }
  }
  for (const subject of stored) {
    if (!rights.some((pattern) => matches(pattern, subject))) holes.push(`stored a message under ${subject}`);
  }
  for (const consumer of new Set([...Object.keys(before.consumers), ...Object.keys(after.consumers)])) {
    const [old, now] = [before.consumers[consumer], after.consumers[consumer]];
    const [stream = '', consumerName = ''] = consumer.split('/');
    if (mayConsume(name, stream, consumerName)) continue;
    if (old === undefined) holes.push(`created consumer ${consumer}`);
    else if (now === undefined) holes.push(`deleted consumer ${consumer}`);
    else if (old.paused !== now.paused) holes.push(`paused consumer ${consumer}`);
    else if (old.ackFloor !== now.ackFloor) holes.push(`acknowledged for consumer ${consumer}`);
    else if (old.delivered !== now.delivered) holes.push(`pulled from or reset consumer ${consumer}`);
  }
  return holes;
}

/** Consumers that the rights name, without those that the user is denied. */
function mayConsume(name: IdentityName, stream: string, consumer: string): boolean {
  const { publish, publishDeny } = IDENTITIES[name].bus;
  const subject = `${CORE_API_PREFIX}.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
  return publish.some((pattern) => matches(pattern, subject)) && !publishDeny.includes(subject);
}

function matches(pattern: string, subject: string): boolean {
  const [wanted, found] = [pattern.split('.'), subject.split('.')];
  for (const [index, token] of wanted.entries()) {
    if (token === '>') return found.length > index;
    if (token !== '*' && token !== found[index]) return false;
  }
  return wanted.length === found.length;
}
