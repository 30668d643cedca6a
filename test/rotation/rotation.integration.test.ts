/** Every key of the bus is replaced while 200 signals a second become orders: no message is lost or doubled, no process starts anew, the former keys open nothing. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gatewayStatusSchema, keys } from '@flotilla/contracts';
import { GATEWAY_NAME } from '@flotilla/contracts/control/gateway-status.ts';
import { openBucket } from '@flotilla/runtime';
import { makeBusKeys } from '@flotilla/runtime/identity/bus-keys.ts';
import { rotateKeys, type RotationPorts } from '@flotilla/runtime/identity/rotation/rotate-keys.ts';
import { type Installation, stageOf } from '@flotilla/runtime/identity/rotation/rotation-keys.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { fencedCommands } from '../e2e/fenced-commands.ts';
import { sendWebhook } from '../fleet/send-webhook.ts';
import { assertKeysReplaced, assertNothingLost } from './rotation-verdict.ts';
import { type RotationWorld, startRotationWorld } from './rotation-world.ts';
import { alertOf, sendSignals } from './send-signals.ts';

const PAGE = join(import.meta.dirname, '../../docs/how-to/rotate-keys.md');
/** Writes and restarts of each run. The second run makes the keys anew, because the first one left a part of them. */
const STEPS = [1, 2, 1, 1, 1, 1, 1, 1];

let world: RotationWorld;
before(async () => {
  world = await startRotationWorld();
});
after(() => world.stop());

test('rotateKeys: loses and doubles no message at 200 signals a second and restarts no process, and goes on after each place at which it can break off', async () => {
  const former = world.installation();
  const traffic = sendSignals(world);
  let runs = 0;
  for (let isDone = false; !isDone; runs += 1) {
    const run = breakingOff(world.ports, STEPS[runs] ?? 1);
    await rotateKeys(run.ports).catch((error: unknown) => {
      if (!run.isBroken()) throw error;
    });
    isDone = !run.isBroken();
  }
  assert.ok(runs >= STEPS.length, `expected ${STEPS.length} runs at least, found ${runs}`);
  await assertReplacedWithoutLoss(former, traffic);
});

test('flotilla keys rotate: replaces the keys in the Secrets of a cluster, and tells each step and no secret', async () => {
  const former = world.installation();
  const traffic = sendSignals(world);
  // The root key lies outside the cluster, so no Secret has it.
  const rootKeyFile = join(world.shellFolder, 'root.nk');
  writeFileSync(rootKeyFile, await world.ports.rootSeed());
  const { code, stdout, stderr } = await world.runKeys('rotate', '--servers', '1', '--root-key-file', rootKeyFile);
  assert.equal(code, 0, `${stdout}\n${stderr}`);
  assert.match(stdout, /Every key of the bus below the root key is new\.\n$/);
  const present = world.installation();
  for (const seed of [
    present.operator.claimsSeed,
    present.callout.podSigningSeed,
    present.operator.coreLogin.seed,
    former.operator.claimsSeed,
  ])
    assert.ok(!`${stdout}${stderr}`.includes(seed));
  assert.equal((await world.runKeys('status')).stdout, 'No rotation of keys is under way.\n');
  await assertReplacedWithoutLoss(former, traffic);
});

/** The commands of the page, in their order. */
const [putNext = '', , makePresent = ''] = fencedCommands(readFileSync(PAGE, 'utf8')).map(({ text }) => text);

test('a webhook secret: is replaced by the commands of the page at 200 signals a second, no webhook is refused, and the former secret opens nothing', async () => {
  const traffic = sendSignals(world);
  const former = world.secret();
  await world.runShell(putNext);
  await world.deliverWebhookSecret();
  // The page waits for the condition of the SignalSource, which needs a kubelet that reports the pods of the gateway.
  await world.observe((bus) =>
    eventually('the gateway accepts both', async () => {
      const entry = await openBucket(bus, 'STATUS').get(keys.gatewayStatus(GATEWAY_NAME));
      const { sources } = gatewayStatusSchema.parse(JSON.parse(Buffer.from(entry?.value ?? '{}').toString('utf8')));
      return sources.find(({ name }) => name === 'desk')?.acceptsNext === true;
    }),
  );
  await traffic.settle();
  world.sendWith(readFileSync(join(world.shellFolder, 'next')));
  await traffic.settle();
  await world.runShell(makePresent);
  await world.deliverWebhookSecret();
  const alsoTaken: string[] = [];
  await eventually('the former secret is refused', () =>
    sendWebhook({ gatewayUrl: world.gatewayUrl, secret: former }, alertOf('BUY')).then(
      ({ nonce }) => void alsoTaken.push(nonce),
      (error: unknown) => /found 401/.test(String(error)),
    ),
  );
  await assertNothingLost(world, [...(await traffic.stop()), ...alsoTaken]);
  assert.deepEqual(await world.ended(), []);
});

test('rotateKeys: writes nothing with another root key', async () => {
  const kept = world.installation();
  const { rootSeed } = makeBusKeys(world.ports.rng, Date.now());
  await assert.rejects(rotateKeys({ ...world.ports, rootSeed: () => Promise.resolve(rootSeed) }), /expected the root key/);
  assert.deepEqual(world.installation(), kept);
});

/** Every key is another than in `former`, no message of `traffic` is lost or doubled, and no process has ended. */
async function assertReplacedWithoutLoss(former: Installation, traffic: ReturnType<typeof sendSignals>): Promise<void> {
  const nonces = await traffic.stop();
  assert.equal(stageOf(world.installation()), 'Steady');
  await assertNothingLost(world, nonces);
  assert.deepEqual(await world.ended(), []);
  await assertKeysReplaced(world, former);
}

/** The ports of a run that ends after `count` writes and restarts, as a command that is killed. */
function breakingOff(ports: RotationPorts, count: number): { readonly ports: RotationPorts; isBroken(): boolean } {
  let left = count;
  let isBroken = false;
  const step = (): void => {
    if (left === 0) {
      isBroken = true;
      throw new Error('killed');
    }
    left -= 1;
  };
  return {
    isBroken: () => isBroken,
    ports: {
      ...ports,
      write: async (part, content) => {
        step();
        await ports.write(part, content);
      },
      restartServers: async () => {
        step();
        await ports.restartServers();
      },
    },
  };
}
