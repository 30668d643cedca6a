import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiRequests } from '@flotilla/contracts/access/api-denials.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { type ClusterRequest, silentLogger } from '@flotilla/kube/mod.ts';
import { makeManualClock } from '@flotilla/kube/testing/manual-clock.ts';
import type { Member } from '../identity/principals-of.ts';
import { makePermissionBoard, type PermissionBoard } from '../status/permission-board.ts';
import { startApiServerLoop } from './api-server-loop.ts';

const agent = (strategy: string): Member => ({
  principal: { role: 'SignalAgent', portfolio: 'main', strategy },
  serviceAccount: `${strategy}-agent`,
});
const REQUEST_COUNT = apiRequests('trading', 'kube-system').length;

interface Review {
  readonly user: string;
  readonly resourceAttributes: { readonly verb: string; readonly resource: string };
}

/** Answers as a healthy authorizer does, and allows what `leaks` says. */
function start(leaks: (review: Review) => boolean) {
  const clock = makeManualClock();
  const [asked, told, counted]: [string[], string[], string[]] = [[], [], []];
  const board: PermissionBoard = makePermissionBoard(clock);
  const world = { members: [agent('a'), agent('b')] as readonly Member[], isAway: false };
  const loop = startApiServerLoop({
    turn: (work) => work(),
    cluster: {
      raw({ body }: ClusterRequest) {
        if (world.isAway) return Promise.reject(new FlotillaError('CLUSTER_UNAVAILABLE', 'away'));
        const { spec } = body as { readonly spec: Review };
        if (asked.at(-1) !== spec.user) asked.push(spec.user);
        const allowed = spec.resourceAttributes.resource.startsWith('selfsubject') || leaks(spec);
        return Promise.resolve({ status: { allowed } });
      },
    },
    namespace: 'trading',
    board,
    members: () => world.members,
    tellLeak(_, named) {
      told.push(named.join(', '));
      return Promise.resolve();
    },
    count: (outcome) => counted.push(outcome),
    clock,
    logger: silentLogger,
  });
  const stop = async (): Promise<void> => {
    const stopped = loop.stop();
    await clock.advance(1);
    await stopped;
  };
  return { clock, asked, told, counted, board, world, stop };
}

const userOf = (strategy: string): string => `system:serviceaccount:trading:${strategy}-agent`;
/** Longer than one principal takes at 50 requests a second. */
const ONE_MS = REQUEST_COUNT * 21 + 1_100;

test('startApiServerLoop: asks about a new principal at once, about the others once a minute, and sends no more than 50 requests a second', async () => {
  const { clock, asked, counted, world, stop } = start(() => false);
  await clock.advance((REQUEST_COUNT + 1) * 20);
  assert.deepEqual(asked, [userOf('a')], 'one principal takes 20 ms for each request');
  await clock.advance(ONE_MS);
  assert.deepEqual(asked.splice(0), [userOf('a'), userOf('b')]);
  world.members = [...world.members, agent('c')];
  await clock.advance(ONE_MS);
  assert.deepEqual(asked.splice(0), [userOf('c')]);
  await clock.advance(60_000 + 2 * ONE_MS);
  assert.deepEqual(asked.slice(0, 3), [userOf('a'), userOf('b'), userOf('c')]);
  assert.deepEqual(counted.slice(0, 3), ['enforced', 'enforced', 'enforced']);
  await stop();
});

test('startApiServerLoop: a leak is told once, and is asked about again after ten seconds', async () => {
  let isLeaking = true;
  const { clock, asked, told, counted, board, world, stop } = start(
    ({ user, resourceAttributes: { verb, resource } }) => isLeaking && user === userOf('a') && verb === 'list' && resource === 'pods',
  );
  board.take(agent('a').principal, { forbiddenCount: 1, allowedCount: 1 }, { leaks: [], unanswered: [] });
  await clock.advance(2 * ONE_MS);
  assert.deepEqual(told, ['API server: list pods in trading']);
  assert.deepEqual(board.proof(agent('a').principal)?.leaks, told);
  asked.length = 0;
  await clock.advance(10_000 + ONE_MS);
  assert.deepEqual([asked.splice(0), told.length], [[userOf('a')], 1]);
  isLeaking = false;
  await clock.advance(10_000 + ONE_MS);
  assert.deepEqual([board.proof(agent('a').principal)?.leaks, counted.at(-1)], [[], 'enforced']);
  // A leak that comes again is told again.
  isLeaking = true;
  await clock.advance(60_000 + 3 * ONE_MS);
  assert.equal(told.length, 2);
  assert.equal(world.members.length, 2);
  await stop();
});

test('startApiServerLoop: an API server that is away proves nothing, and is not asked at full speed', async () => {
  const { clock, counted, board, world, stop } = start(() => false);
  world.isAway = true;
  const { members } = world;
  world.members = Array.from({ length: 20 }, (_, index) => agent(index === 0 ? 'a' : `s-${index}`));
  board.take(agent('a').principal, { forbiddenCount: 1, allowedCount: 1 }, { leaks: [], unanswered: [] });
  await clock.advance(60_000);
  assert.equal(board.proof(agent('a').principal)?.apiServer, undefined);
  assert.ok(counted.length <= 13 && counted.every((one) => one === 'failed'), counted.join(' '));
  world.isAway = false;
  world.members = members;
  await clock.advance(10_000 + 3 * ONE_MS);
  assert.equal(board.proof(agent('a').principal)?.apiServer?.leaks.length, 0);
  await stop();
});

test('startApiServerLoop: asks at once about a principal that was gone and is back', async () => {
  const { clock, asked, world, stop } = start(() => false);
  await clock.advance(2 * ONE_MS);
  const members = world.members;
  world.members = [];
  await clock.advance(2_000);
  asked.length = 0;
  world.members = members.slice(0, 1);
  await clock.advance(ONE_MS);
  assert.deepEqual(asked, [userOf('a')]);
  await stop();
});

test('startApiServerLoop: a principal that was never asked about comes before one whose minute is over', async () => {
  const { clock, asked, world, stop } = start(() => false);
  // One round over so many takes longer than a minute. The loop has begun with another principal already.
  world.members = Array.from({ length: 30 }, (_, index) => agent(`s-${index}`));
  await clock.advance(30 * ONE_MS);
  assert.deepEqual(
    asked.slice(1, 32),
    [...world.members, ...world.members.slice(0, 1)].map(({ serviceAccount }) => `system:serviceaccount:trading:${serviceAccount}`),
  );
  await stop();
});
