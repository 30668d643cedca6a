/** The operator of this version beside the previous one: CRDs and records without the new fields. Real API server and nats-server. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { execConfigSchema } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { previousDefinition } from './other-versions.ts';
import { type SettledFleet, startSettledFleet } from './settled-fleet.ts';

/** A report of an exec that does not know policies, revisions and halts. */
function oldReport({ schemaVersion, portfolio, instance, epoch, tradingState, reason, configHash, openOrders, updatedAt }: ExecStatus) {
  return { schemaVersion, portfolio, instance, epoch, tradingState, reason, ...(configHash ? { configHash } : {}), openOrders, updatedAt };
}

const fleets: SettledFleet[] = [];
after(() => Promise.all(fleets.map((fleet) => fleet.stop())));

test('operator: works with reports of the previous version, which lack every optional field', async () => {
  const fleet = await startSettledFleet((definition) => definition);
  fleets.push(fleet);
  await fleet.settle(oldReport);
  const conditions = await fleet.conditions(KINDS.strategy, 'btc-momentum');
  assert.ok(!conditions.some(({ type }) => type === 'SpecUnderstood'), 'nothing in the spec is unknown');
  const config = await fleet.fixture.config('main');
  assert.ok(execConfigSchema.safeParse(config).success, 'it writes what the strict schema takes');
});

test('operator: runs agents and configures exec, when the CRDs are of the previous version; the status waits for the CRDs', async () => {
  const fleet = await startSettledFleet(previousDefinition);
  fleets.push(fleet);
  await eventually('the agent is there', async () => (await fleet.agentUid()) !== undefined);
  await eventually('exec may take its orders', async () => (await fleet.fixture.config('main'))?.strategies[0]?.desiredState === 'Running');
  // The API server refuses a status with fields that its CRD does not declare: hence "CRDs first" in docs/how-to/upgrade.md.
  const ready = (await fleet.conditions(KINDS.strategy, 'btc-momentum')).find(({ type }) => type === 'Ready');
  assert.deepEqual([ready?.status, ready?.reason], ['Unknown', 'Pending']);
});
