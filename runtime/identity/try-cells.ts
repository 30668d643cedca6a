/** Tries cells over one connection, and says which of them reached the servers. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { Connection } from '../bus/connection.ts';
import { createInbox, headers, type Msg, type NatsConnection } from '@nats-io/nats-core';

export interface Cell {
  /** Subject of the core account. */
  readonly subject: string;
  /** The subject as a principal's account names it. */
  readonly sentOn: string;
  readonly kind: 'store' | 'request' | 'acknowledge';
}

export interface ProbeCells {
  readonly forbidden: readonly Cell[];
  readonly allowed: readonly Cell[];
  /** Subjects of pushed messages, without wildcards. */
  readonly hearing: { readonly forbidden: readonly string[]; readonly allowed: readonly string[] };
}

/** Marks a message of a probe, wherever it should appear. */
const PROBE_HEADER = 'Flotilla-Probe';
/** No stream has so many messages, so JetStream refuses a publication that expects it. */
const IMPOSSIBLE_SEQUENCE = String(Number.MAX_SAFE_INTEGER);
/** JetStream refuses a request with it: invalid where JSON is expected, and not empty where nothing is. */
const REFUSED_PAYLOAD = '{"probe"';
/** Tells JetStream that work goes on: harmless for a delivery that does not exist. */
const WORK_GOES_ON = '+WPI';
const NO_RESPONDERS = 503;
const QUARANTINE_PREFIX = 'quarantine.';
/** In JetStream's answer to a publication that a tripwire took. */
const QUARANTINED = '"stream":"QUARANTINE"';
/** Waits for the answers of the allowed cells, and afterwards as long again for forbidden ones. */
const ANSWER_MS_MAX = 1_000;
const SETTLE_MS = 30;

export interface Tried {
  /** Forbidden cells that were answered: the wall has a hole. */
  readonly leaks: readonly string[];
  /** Allowed cells that were not answered: the principal cannot do its work, or the probe proves nothing. */
  readonly unanswered: readonly string[];
}

type TriedCells = Pick<ProbeCells, 'forbidden' | 'allowed'>;

/**
 * The servers handle the publications of one connection in their order, and the allowed cells are sent last. When those are answered and a forbidden one
 * is not, then silence is a denial.
 */
export async function tryCells(connection: Pick<Connection, 'live' | 'clock'>, { forbidden, allowed }: TriedCells): Promise<Tried> {
  const nats = connection.live();
  try {
    return await tryOver(nats, connection.clock, { forbidden, allowed });
  } catch (error) {
    if (error instanceof FlotillaError) throw error;
    throw new FlotillaError('BUS_UNAVAILABLE', `the probe lost its connection: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function tryOver(nats: NatsConnection, clock: Clock, { forbidden, allowed }: TriedCells): Promise<Tried> {
  const answered = new Set<Cell>();
  const prefix = createInbox();
  const cells = [...forbidden, ...allowed];
  const permitted = new Set(allowed);
  const subscription = nats.subscribe(`${prefix}.*`, {
    callback(_error, message) {
      const cell = cells[Number(message.subject.slice(prefix.length + 1))];
      if (cell !== undefined && isReached(message, permitted.has(cell) || cell.sentOn.startsWith(QUARANTINE_PREFIX))) answered.add(cell);
    },
  });
  // Acknowledgements are answered only for a delivery that exists, so they are tried and not waited for.
  const awaited = allowed.filter(({ kind }) => kind !== 'acknowledge');
  try {
    for (const [index, cell] of cells.entries()) send(nats, cell, `${prefix}.${index}`);
    await nats.flush();
    const deadlineMs = clock.monotonicMs() + ANSWER_MS_MAX;
    while (awaited.some((cell) => !answered.has(cell)) && clock.monotonicMs() < deadlineMs) await clock.sleep(SETTLE_MS / 3);
    await clock.sleep(SETTLE_MS);
  } finally {
    subscription.unsubscribe();
  }
  return {
    leaks: forbidden.filter((cell) => answered.has(cell)).map(({ subject }) => subject),
    unanswered: awaited.filter((cell) => !answered.has(cell)).map(({ subject }) => subject),
  };
}

/** A tripwire answers for the quarantine, where a forbidden publication would be kept as evidence. That answer is a denial. */
function isReached(message: Msg, mayBeKept: boolean): boolean {
  if (message.headers?.code === NO_RESPONDERS) return false;
  return mayBeKept || !message.string().includes(QUARANTINED);
}

function send(nats: NatsConnection, { sentOn, kind }: Cell, reply: string): void {
  const marks = headers();
  marks.set(PROBE_HEADER, 'true');
  if (kind === 'store') marks.set('Nats-Expected-Last-Sequence', IMPOSSIBLE_SEQUENCE);
  const payload = kind === 'acknowledge' ? WORK_GOES_ON : REFUSED_PAYLOAD;
  nats.publish(sentOn, payload, { reply, headers: marks });
}
