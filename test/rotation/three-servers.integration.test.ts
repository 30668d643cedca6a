/** Every key of a bus of three servers is replaced while webhooks become orders on replicated streams: no message is lost or doubled, no process ends. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { rotateKeys } from '@flotilla/runtime/identity/rotation/rotate-keys.ts';
import { stageOf } from '@flotilla/runtime/identity/rotation/rotation-keys.ts';
import { assertKeysReplaced, assertNothingLost } from './rotation-verdict.ts';
import { type RotationWorld, startRotationWorld } from './rotation-world.ts';
import { sendSignals } from './send-signals.ts';

let world: RotationWorld;
before(async () => {
  world = await startRotationWorld({ serverCount: 3 });
});
after(() => world.stop());

test('rotateKeys: loses and doubles no message on three servers, which start anew twice, and ends no process', async () => {
  const former = world.installation();
  const traffic = sendSignals(world);
  await sleep(2_000);
  assert.equal(await rotateKeys(world.ports), true);
  await sleep(2_000);
  const nonces = await traffic.stop();
  assert.equal(stageOf(world.installation()), 'Steady');
  await assertNothingLost(world, nonces);
  assert.deepEqual(await world.ended(), []);
  await assertKeysReplaced(world, former);
});
