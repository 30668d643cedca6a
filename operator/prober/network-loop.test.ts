import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NETWORK_TARGETS, type NetworkTarget } from '@flotilla/contracts/access/network-targets.ts';
import type { Principal } from '@flotilla/contracts/access/principal.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { silentLogger } from '@flotilla/kube/mod.ts';
import { makeManualClock } from '@flotilla/kube/testing/manual-clock.ts';
import { makeStatusBoard } from '../provision/status-board.ts';
import { makePermissionBoard } from '../status/permission-board.ts';
import { startNetworkLoop } from './network-loop.ts';

/** After that a leak counts. */
const SETTLED_MS = 15_000;
const AGENT: Principal = { role: 'SignalAgent', portfolio: 'main', strategy: 'btc' };

function start(engine: 'Expected' | 'None' = 'Expected') {
  const clock = makeManualClock();
  const reports = makeStatusBoard(clock);
  const board = makePermissionBoard(clock);
  const [told, counted]: [string[], string[]] = [[], []];
  const world: { isAuditAway: boolean; denied: readonly NetworkTarget[] } = { isAuditAway: false, denied: NETWORK_TARGETS };
  board.take(AGENT, { forbiddenCount: 1, allowedCount: 1 }, { leaks: [], unanswered: [] });
  const loop = startNetworkLoop({
    engine,
    reports: reports.network,
    principals: () => [AGENT, { role: 'Reader' }],
    deniedOf: () => world.denied,
    board,
    tellLeak(_, leaks) {
      if (world.isAuditAway) return Promise.reject(new FlotillaError('BUS_UNAVAILABLE', 'away'));
      told.push(leaks.join(', '));
      return Promise.resolve();
    },
    count: (outcome) => void counted.push(outcome),
    clock,
    logger: silentLogger,
  });
  const report = async (change: object): Promise<void> => {
    const names = { denied: ['apiServer', 'store'], reached: [], unresolved: [], ...change };
    const value = { schemaVersion: 1, instance: 'pod', permitted: 'Reached', ...names, triedAt: formatTime(clock.nowMs()) };
    reports.take('agent.main.btc.network', Buffer.from(JSON.stringify(value)));
    await clock.advance(2_000);
  };
  const network = () => board.proof(AGENT)?.network;
  return { clock, board, told, counted, world, report, network, stop: () => loop.stop() };
}

test('startNetworkLoop: what the pod reports becomes a proof, and an old report becomes Unknown', async () => {
  const { clock, board, counted, report, network, stop } = start();
  await clock.advance(2_000);
  assert.equal(network()?.state, 'Unknown');
  await report({});
  assert.deepEqual([network()?.state, network()?.denied], ['Holds', ['apiServer', 'store']]);
  await clock.advance(60_000);
  assert.deepEqual(counted, ['enforced']);
  await clock.advance(150_000);
  assert.equal(network()?.state, 'Unknown');
  // The shared reader has no pod.
  assert.deepEqual(board.networkStates(), { Holds: 0, Leaks: 0, Unknown: 1, NotEnforced: 0 });
  await stop();
});

test('startNetworkLoop: a leak is a leak of the principal, told once, and gone with the next report without it', async () => {
  const { clock, board, told, counted, report, stop } = start();
  await clock.advance(SETTLED_MS);
  await report({ denied: ['apiServer'], reached: ['store'] });
  await report({ denied: ['apiServer'], reached: ['store'] });
  assert.deepEqual([board.proof(AGENT)?.leaks, board.leakCount(), told], [['network: store'], 1, ['network: store']]);
  await report({});
  assert.deepEqual([board.proof(AGENT)?.leaks, board.leakCount()], [[], 0]);
  await report({ denied: ['apiServer'], reached: ['store'] });
  assert.deepEqual(told, ['network: store', 'network: store']);
  assert.deepEqual(counted, ['leak', 'leak', 'enforced', 'leak']);
  await stop();
});

test('startNetworkLoop: tells a leak that the audit log did not take again', async () => {
  const { clock, told, world, report, stop } = start();
  await clock.advance(SETTLED_MS);
  world.isAuditAway = true;
  await report({ reached: ['store'] });
  assert.deepEqual(told, []);
  world.isAuditAway = false;
  await clock.advance(2_000);
  assert.deepEqual(told, ['network: store']);
  await stop();
});

test('startNetworkLoop: an address that a role opened until now is not a leak, and is one when the pod still reaches it later', async () => {
  const { clock, board, world, told, report, network, stop } = start();
  world.denied = NETWORK_TARGETS.filter((target) => target !== 'apiServer');
  await clock.advance(SETTLED_MS);
  await report({ denied: ['operator'], reached: ['apiServer'] });
  assert.equal(network()?.state, 'Holds');
  world.denied = NETWORK_TARGETS;
  await clock.advance(10_000);
  await report({ denied: ['operator'], reached: ['apiServer'] });
  assert.deepEqual([network()?.state, board.leakCount(), told], ['Holds', 0, []]);
  await clock.advance(SETTLED_MS);
  await report({ denied: ['operator'], reached: ['apiServer'] });
  assert.deepEqual([network()?.state, board.leakCount(), told], ['Leaks', 1, ['network: apiServer']]);
  await stop();
});

test('startNetworkLoop: an operator that has just started waits for the next report before it tells a leak', async () => {
  const { clock, told, report, network, stop } = start();
  await report({ reached: ['store'] });
  await clock.advance(SETTLED_MS);
  assert.deepEqual([network()?.state, told], ['Unknown', []]);
  await report({ reached: ['store'] });
  assert.deepEqual([network()?.state, told], ['Leaks', ['network: store']]);
  await stop();
});

test('startNetworkLoop: a pod that does not reach the bus leaves the proof open', async () => {
  const { board, counted, report, stop } = start();
  await report({ permitted: 'Silent' });
  assert.deepEqual([board.proof(AGENT)?.unanswered, counted], [['network: bus'], ['unanswered']]);
  await stop();
});

test('startNetworkLoop: says that nothing enforces the policies, where no engine is expected', async () => {
  const { told, report, network, stop } = start('None');
  await report({ reached: ['store'] });
  assert.deepEqual([network()?.state, told], ['NotEnforced', []]);
  await stop();
});
