/**
 * The callout is away while the fleet trades: live connections go on all the time, new ones are refused and say so, and pods that start meanwhile enter
 * when the callout is back. `make callout-away` is away for 60 s.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { agentStatusSchema, keys } from '@flotilla/contracts';
import { makeObject } from '@flotilla/operator/testing/objects.ts';
import { openBucket } from '@flotilla/runtime';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { tokenLogin } from '@flotilla/runtime/identity/login.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { openRawLogin } from '@flotilla/runtime/testing/open-raw-connection.ts';
import { assertNothingLost } from '../rotation/rotation-verdict.ts';
import { type RotationWorld, startRotationWorld } from '../rotation/rotation-world.ts';
import { sendSignals } from '../rotation/send-signals.ts';

/** Longer than the server waits for a connection to prove itself, so that every refusal is complete. */
const AWAY_MS = Number(process.env['FLOTILLA_CALLOUT_AWAY_MS'] ?? 12_000);
const WAIT_MS_MAX = 60_000;

/** Takes part in the fleet, and decides nothing on the signals of this test. */
const LATE = makeObject('Strategy', 'late', {
  portfolioRef: { name: 'main' },
  agent: { builtIn: 'Momentum' },
  parameters: { fastBars: 10, slowBars: 30, quantity: '0.5' },
  instruments: ['BTC-USD'],
  capital: { maxNotional: '100000' },
});

let world: RotationWorld;
before(async () => {
  world = await startRotationWorld();
});
after(() => world.stop());

test('the callout is away: the fleet trades on, new connections are refused and say so, and they enter when the callout is back', async () => {
  const traffic = sendSignals(world);
  await world.observe((bus) => eventually('an order is filled', async () => (await lastFill(bus)) > 0, WAIT_MS_MAX));
  await world.stopCallout();
  const endMs = performance.now() + AWAY_MS;
  // The operator makes what the new Strategy needs, because the operator enters without the callout.
  await world.apply(LATE);
  const late = await world.startPod('late-agent');
  let refusals = 0;
  await world.observe(async (bus) => {
    while (performance.now() < endMs) {
      const filled = await lastFill(bus);
      await assert.rejects(openRawLogin(world.nats.url, tokenLogin(await world.tokenOf('alerts-agent')), false), /authorization|timeout/i);
      refusals += 1;
      await eventually('another order is filled', async () => (await lastFill(bus)) > filled, WAIT_MS_MAX);
    }
  });
  assert.ok(refusals > 0);
  const refused = await eventually('the late agent says why it is not ready', () => notReady(late.port));
  assert.match(refused, /NATS/);
  assert.deepEqual(await world.ended(), ['callout']);

  await world.startCallout();
  await eventually('the late agent is ready', async () => (await notReady(late.port)) === undefined, WAIT_MS_MAX);
  await world.observe((bus) => eventually('the late agent takes signals', async () => (await consumedBy(bus, 'late')) > 0, WAIT_MS_MAX));
  await assertNothingLost(world, await traffic.stop());
  assert.deepEqual(await world.ended(), []);
});

/** Stream sequence of the last fill; 0 when there is none. */
async function lastFill(bus: NatsBus): Promise<number> {
  return (await bus.last('EXECUTIONS', 'executions.fill.main.*', 'LEADER'))?.sequence ?? 0;
}

/** The body of `/ready`; undefined when the process is ready. */
async function notReady(port: number): Promise<string | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/ready`);
  const body = await answer.text();
  return answer.status === 200 ? undefined : body;
}

async function consumedBy(bus: NatsBus, strategy: string): Promise<number> {
  const report = await openBucket(bus, 'STATUS').get(keys.agentStatus('main', strategy));
  return report === undefined ? 0 : agentStatusSchema.parse(JSON.parse(Buffer.from(report.value).toString('utf8'))).signalsConsumed;
}
