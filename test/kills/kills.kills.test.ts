/**
 * kill -9 at random points over gateway, agent, exec and audit while webhooks come in: nothing may be lost or doubled.
 *
 * `KILLS` (default 100) kills, chosen by `SEED`; a failure prints the command that replays the choice of victims and pauses.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecSnapshot, execSnapshotSchema, STREAMS, type StreamName, subjects } from '@flotilla/contracts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { openIdentityBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { accountOf, historyProblems } from '../fleet/check-history.ts';
import { fleetInstruments, PORTFOLIO } from '../fleet/fleet-config.ts';
import { publishQuotes } from '../fleet/publish-quotes.ts';
import { readHistory, readStored } from '../fleet/read-history.ts';
import { sendWebhook } from '../fleet/send-webhook.ts';
import { type Fleet, startFleet } from '../fleet/start-fleet.ts';
import { auditedMessages } from './audited-messages.ts';
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';

const KILLS = Number(process.env['KILLS'] ?? 100);
const SEED = Number(process.env['SEED'] ?? 20_261_121);
const STARTING_CASH = '1000000';
const PAUSE_MS_MAX = 400;
const SEND_INTERVAL_MS = 40;
/** An agent holds an order back while its last one for the same instrument is open. */
const SYMBOLS = fleetInstruments(6).map(({ symbol }) => symbol);
const QUIET_MS_MAX = 90_000;

test(`fleet: loses and doubles nothing, when ${KILLS} kills strike at random (replay: make kills SEED=${SEED} KILLS=${KILLS})`, async (context) => {
  const fleet = await startFleet({ latencyMs: 1, quantity: '1.5', instruments: SYMBOLS.length });
  context.after(() => fleet.stop());
  await Promise.all(Object.values(fleet.services).map((service) => service.ready()));
  const market = new AbortController();
  const quotes = publishQuotes(fleet.bus, { intervalMs: 50, size: '0.7', signal: market.signal, instruments: SYMBOLS });

  const sending = new AbortController();
  const nonces: string[] = [];
  const sender = sendUntil(fleet, sending.signal, nonces);
  const killed = await killAtRandom(fleet, context.diagnostic.bind(context));
  sending.abort();
  await sender;
  context.diagnostic(`${nonces.length} webhooks taken while killing ${JSON.stringify(killed)}`);

  await Promise.all(Object.values(fleet.services).map((service) => service.ready()));
  await eventually('every webhook became an alert, every intent an order, every order ended', () => isQuiet(fleet, nonces), QUIET_MS_MAX);
  market.abort();
  await quotes;

  const history = await readHistory(fleet.bus);
  assert.deepEqual(historyProblems(history, nonces).slice(0, 20), []);
  assert.equal(history.poisoned, 0, 'a kill must not poison a message');
  assert.ok(history.fills.length > KILLS / 4, `expected many fills for a proof worth the name, found ${history.fills.length}`);
  assert.ok(
    Object.values(killed).every((count) => count > 0),
    'every service was killed at least once',
  );

  const snapshot = await snapshotOf(fleet);
  const account = accountOf(history.fills, STARTING_CASH);
  const quantities = Object.fromEntries(
    snapshot.positions
      .filter(({ quantity }) => quantity !== '0')
      .map(({ instrument, quantity }) => [instrument, quantity] as const)
      .toSorted(),
  );
  assert.deepEqual({ quantities, cash: snapshot.cash }, account, 'the ledger is the sum of the fills');

  for (const stream of Object.keys(STREAMS) as StreamName[]) {
    const stored = (await readStored(fleet.bus, stream, '>')).map(({ sequence }) => sequence);
    const audited = await eventually(
      `audit has ${stream} up to ${stored.at(-1) ?? 0}`,
      async () => {
        const found = await auditedMessages(fleet.auditFolder, stream);
        return found.length >= stored.length && found;
      },
      QUIET_MS_MAX,
    );
    assert.deepEqual(audited, stored, `the audit log holds every message of ${stream} exactly once`);
  }
  context.diagnostic(`${history.fills.length} fills, ${history.intents.length} intents, ${history.orderEvents.length} order events`);
});

async function sendUntil(fleet: Fleet, signal: AbortSignal, nonces: string[]): Promise<void> {
  for (let count = 0; !signal.aborted; count += 1) {
    const signal = Math.floor(count / SYMBOLS.length) % 2 === 0 ? 'BUY' : 'SELL';
    const body = JSON.stringify({ instrument: SYMBOLS[count % SYMBOLS.length], price: '611.5', signal, strength: '1' });
    nonces.push((await sendWebhook(fleet, body)).nonce);
    await sleep(SEND_INTERVAL_MS);
  }
}

async function killAtRandom(fleet: Fleet, say: (text: string) => void): Promise<Record<string, number>> {
  const next = makeSequence(SEED);
  const victims = Object.values(fleet.services);
  const killed: Record<string, number> = Object.fromEntries(victims.map(({ name }) => [name, 0]));
  for (let count = 1; count <= KILLS; count += 1) {
    const victim = victims[Math.floor(next() * victims.length)];
    assert.ok(victim !== undefined);
    await sleep(next() * PAUSE_MS_MAX);
    // Half of the kills hit a process that still starts.
    if (next() < 0.5) await victim.ready();
    await victim.killAndRestart();
    killed[victim.name] = (killed[victim.name] ?? 0) + 1;
    if (count % 20 === 0) say(`${count} of ${KILLS} kills`);
  }
  return killed;
}

async function isQuiet(fleet: Fleet, nonces: readonly string[]): Promise<boolean> {
  const { raws, alerts, intents, orderEvents } = await readHistory(fleet.bus);
  if (raws.length < nonces.length || alerts.length < nonces.length) return false;
  const ended = new Set(
    orderEvents
      .filter(
        ({ leavesQuantity, status }) => leavesQuantity === '0' || status === 'DENIED' || status === 'CANCELLED' || status === 'EXPIRED',
      )
      .map(({ intentId }) => intentId),
  );
  if (intents.some(({ id }) => !ended.has(id))) return false;
  await sleep(500);
  const later = await readHistory(fleet.bus);
  return later.intents.length === intents.length && later.orderEvents.length === orderEvents.length;
}

async function snapshotOf(fleet: Fleet): Promise<ExecSnapshot> {
  const bus = await openIdentityBus(fleet.nats, { role: 'Reader' });
  const answer = await bus.request(subjects.execSnapshot(PORTFOLIO), new Uint8Array(), 5_000);
  await bus.close();
  assert.ok(answer !== undefined, 'exec answers');
  return execSnapshotSchema.parse(JSON.parse(Buffer.from(answer).toString('utf8')));
}
