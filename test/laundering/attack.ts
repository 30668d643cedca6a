/** Runs the attempts of one principal against servers of their own, and says what changed that the principal has no right to change. */
import type { BusRights } from '@flotilla/contracts/access/bus-rights.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { publishRaw, type RawMessage } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { attemptsOf, PARKED_PAYLOADS, parkingOf } from './attempts.ts';
import { type Attacker, MEMBERS, rightsOf } from './cast.ts';
import { holesOf } from './holes.ts';
import { provision } from './provision.ts';
import { readServerState, type ServerState, subjectsStoredSince } from './server-state.ts';
import { startVictims } from './victims.ts';
import { type RawConnection, startWorld, type Variant, type World } from './world.ts';

export interface Finding {
  readonly attemptCount: number;
  /** Changes beyond the principal's rights, each once, in plain words. Empty: the principal is walled in. */
  readonly holes: readonly string[];
}

/** A principal of another namespace. */
const NO_RIGHTS: BusRights = { publish: [], trip: [], hear: [], answer: [], ask: [] };
const CHUNK = 200;
const ANSWER_MS_MAX = 5_000;

/** @param every tries only each so manieth attempt */
export async function attack(attacker: Attacker, variant: Variant, every = 1): Promise<Finding> {
  const world = await startWorld(variant);
  try {
    await provision(world.bus, world.replicas);
    if (world.tenant !== undefined) await provision(world.tenant.bus, world.replicas);
    const victims = await startVictims(world, attacker);
    const rights = world.tenant === undefined ? rightsOf(attacker, world.coreHash) : NO_RIGHTS;
    const before = await settledState(world.bus);
    const attemptCount = await tryAll(world, attacker, every);
    const after = await settledState(world.bus);
    const heard = await victims.stop();
    const stored = await subjectsStoredSince(world.bus, before, after);
    return { attemptCount, holes: [...holesOf(rights, { before, after, stored }), ...heard].toSorted() };
  } finally {
    await world.stop();
  }
}

async function tryAll(world: World, attacker: Attacker, every: number): Promise<number> {
  const { coreHash, local, tenant } = world;
  const rights = rightsOf(attacker, tenant?.coreHash ?? coreHash);
  // Of another namespace, the principal of the attacker's own name is foreign too.
  const foreign = MEMBERS.filter((member) => tenant !== undefined || member !== attacker).map((member) => rightsOf(member, coreHash));
  const attempts = attemptsOf({ rights, foreign, local, coreHash }).filter((_, index) => index % every === 0);
  const connection = await world.connectAttacker(attacker);
  // First, while there is something to pull.
  await tryPulls(connection, attempts);
  for (const parked of PARKED_PAYLOADS) {
    for (const subject of parkingOf(rights, local)) connection.publish(subject, parked);
    await connection.flush();
    for (let index = 0; index < attempts.length; index += CHUNK) {
      for (const attempt of attempts.slice(index, index + CHUNK)) publishRaw(connection, attempt);
      await connection.flush();
    }
  }
  await connection.close();
  return attempts.length * PARKED_PAYLOADS.length;
}

/**
 * Pulls again, one by one. A pull carries nothing when all messages are delivered, so before each pull the consumer begins again. The consumer of the
 * normaliser never does, so `provision` gives it many messages.
 */
async function tryPulls(connection: RawConnection, attempts: readonly RawMessage[]): Promise<void> {
  for (const attempt of attempts.filter(({ subject, payload }) => subject.includes('.CONSUMER.MSG.NEXT.') && payload.includes('no_wait'))) {
    await connection.request(attempt.subject.replace('.MSG.NEXT.', '.RESET.'), '', { timeout: ANSWER_MS_MAX }).catch(() => undefined);
    publishRaw(connection, attempt);
    await connection.flush();
  }
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
