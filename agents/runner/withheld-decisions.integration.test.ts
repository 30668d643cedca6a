/** An agent, as a process, whose AgentRole keeps its decisions from exec: it goes on, and nothing of it goes to POISON. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { agentConsumer, agentStatusSchema, keys } from '@flotilla/contracts';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { openBucket } from '@flotilla/runtime';
import { accountClaims } from '@flotilla/runtime/identity/principal-account.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { openTestSystemAccount } from '@flotilla/runtime/testing/open-system-account.ts';
import { startAgentProcess } from '../testing/agent-process.ts';
import { type FleetServers, startFleetServers } from '../testing/fleet-servers.ts';
import { makeBar } from '../testing/signal-fixture.ts';

/** Every turn of the price is a crossing. */
const MOMENTUM = { fastBars: 1, slowBars: 2, quantity: '0.5', allowShort: true, orderTtlSeconds: 3_600 };

let servers: FleetServers;
before(async () => {
  servers = await startFleetServers();
});
after(() => servers.stop());

test('agent: under Quarantine decides as before, and its decisions are stored in QUARANTINE alone', async (context) => {
  const strategy = 'suspect';
  await admit({ role: 'SignalAgent', portfolio: 'main', strategy, publications: 'Quarantine' });
  const agent = await start(strategy);
  context.after(() => agent.kill('SIGKILL'));
  const quarantined = `quarantine.${agentConsumer('main', strategy, []).name}.decisions.order_intent.main.${strategy}`;
  await eventually('an intent is in quarantine', async () => {
    await publishTurn();
    return servers.bus.last('QUARANTINE', quarantined);
  });
  assert.deepEqual(await servers.readIntents(strategy), []);
  assert.equal(await poisoned(), 0);
});

test('agent: under Proposals publishes proposals, no intent, and fails at nothing', async (context) => {
  const strategy = 'trainee';
  await admit({ role: 'SignalAgent', portfolio: 'main', strategy, publications: 'Proposals' });
  const agent = await start(strategy, { FLOTILLA_PUBLICATIONS: 'Proposals' });
  context.after(() => agent.kill('SIGKILL'));
  await eventually('a proposal is stored', async () => {
    await publishTurn();
    return servers.bus.last('DECISIONS', `decisions.proposal.main.${strategy}`);
  });
  assert.deepEqual(await servers.readIntents(strategy), []);
  assert.doesNotMatch(agent.output(), /expected permission to publish/);
  assert.equal(await poisoned(), 0);
});

test('agent: whose decisions the bus refuses keeps its signals, and publishes once it may again', async (context) => {
  const strategy = 'muted';
  await admit({ role: 'SignalAgent', portfolio: 'main', strategy, publications: 'Nothing' });
  const agent = await start(strategy);
  context.after(() => agent.kill('SIGKILL'));
  await eventually('the bus refuses a decision', async () => {
    await publishTurn();
    return agent.output().includes(`expected permission to publish on decisions.`);
  });
  assert.deepEqual(await servers.readIntents(strategy), []);
  await eventually('the agent reports that its decisions fail', async () => {
    const entry = await openBucket(servers.bus, 'STATUS').get(keys.agentStatus('main', strategy));
    return (
      entry !== undefined && agentStatusSchema.parse(JSON.parse(Buffer.from(entry.value).toString())).problem?.reason === 'DecisionsFail'
    );
  });
  assert.equal(await poisoned(), 0);
  await push({ role: 'SignalAgent', portfolio: 'main', strategy });
  await eventually('the agent publishes', async () => (await servers.readIntents(strategy)).length > 0);
  assert.equal(await poisoned(), 0);
});

let ordinal = 0;
async function publishTurn(): Promise<void> {
  ordinal += 1;
  await servers.publishSignal(makeBar(ordinal, ordinal % 2 === 0 ? '600.00' : '610.00'));
}

async function admit(principal: Extract<Principal, { readonly role: 'SignalAgent' }>): Promise<void> {
  await servers.provisionAgent(principal.strategy);
  await servers.nats.identity.login(principal);
}

/** New claims for an account, while its connections are open. */
async function push(principal: Principal): Promise<void> {
  const accounts = openTestSystemAccount(servers.nats);
  const [claims] = accountClaims('trading', [principal], servers.nats.identity.keys.operator);
  await eventually('the system account connects', () => accounts.system.problem() === undefined);
  await accounts.system.push(claims?.sign(Date.now()) ?? '', 1);
  await accounts.close();
}

function start(strategy: string, environment: Readonly<Record<string, string>> = {}): ReturnType<typeof startAgentProcess> {
  const agentKey = new Uint8Array(32).fill(strategy.length);
  return startAgentProcess({ nats: servers.nats, strategy, agent: 'Momentum', parameters: MOMENTUM, agentKey, environment });
}

async function poisoned(): Promise<number> {
  const info = await servers.bus.callApi<{ readonly state: { readonly messages: number } }>('STREAM.INFO.POISON', {});
  return info.state.messages;
}
