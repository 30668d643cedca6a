/**
 * No principal makes the server write for it what it may not write itself. Each permitted publication is tried with every reply subject and header
 * that could do harm, and the state of real servers is the judge.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attack } from './attack.ts';
import { ATTACKERS } from './cast.ts';

const TIMEOUT_MS = 240_000;
/** On three servers each answer crosses the network, so a part of the attempts must do. */
const SAMPLED_EVERY = 7;
/** From another namespace every attempt has to fail alike, so a part of them must do. */
const FOREIGN_SAMPLED_EVERY = 5;

for (const attacker of ATTACKERS) {
  test(
    `${attacker}: changes nothing beyond its rights, whatever it publishes with whatever reply`,
    { timeout: TIMEOUT_MS },
    async (context) => {
      const { attemptCount, holes } = await attack(attacker, 'installed');
      context.diagnostic(`${attemptCount} attempts`);
      assert.ok(attemptCount > 1_000, `expected a thousand attempts and more, found ${attemptCount}`);
      assert.deepEqual(holes, []);
    },
  );

  test(`${attacker}: changes nothing beyond its rights, when its account alone binds it`, { timeout: TIMEOUT_MS }, async () => {
    assert.deepEqual((await attack(attacker, 'unbound')).holes, []);
  });
}

test(
  'momentum: changes nothing beyond its rights on three servers, when its victims are connected to another one',
  { timeout: TIMEOUT_MS },
  async (context) => {
    const { attemptCount, holes } = await attack('momentum', 'cluster', SAMPLED_EVERY);
    context.diagnostic(`${attemptCount} attempts`);
    assert.deepEqual(holes, []);
  },
);

for (const attacker of ATTACKERS) {
  test(
    `${attacker} of another namespace: changes nothing, whatever it publishes with whatever reply`,
    { timeout: TIMEOUT_MS },
    async () => {
      const { attemptCount, holes } = await attack(attacker, 'tenant', FOREIGN_SAMPLED_EVERY);
      assert.ok(attemptCount > 300, `expected hundreds of attempts, found ${attemptCount}`);
      assert.deepEqual(holes, []);
    },
  );
}

test(
  'a namespace whose principals import from the core account of another one: the suite finds that they reach it',
  { timeout: TIMEOUT_MS },
  async () => {
    const { holes } = await attack('momentum', 'joined', FOREIGN_SAMPLED_EVERY);
    assert.ok(holes.includes('stored a message under decisions.order_intent.main.momentum'), holes.join(', '));
  },
);

test('one account for two agents: the suite finds that one agent reaches the other', { timeout: TIMEOUT_MS }, async (context) => {
  const { holes } = await attack('momentum', 'shared');
  for (const hole of holes) context.diagnostic(hole);
  for (const hole of [
    'stored a message under decisions.order_intent.main.reversion',
    'stored a message under $KV.STATUS.agent.main.reversion.report',
    'reversion heard the attacker in its inbox',
  ])
    assert.ok(holes.includes(hole), `expected to find: ${hole}`);
  assert.ok(
    holes.some((hole) => hole.endsWith('consumer SIGNALS/agent-main_reversion')),
    'expected to find: its consumer moved',
  );
  const beyond = holes.filter((hole) => !hole.includes('reversion'));
  assert.deepEqual(beyond, [], 'the account still holds against everybody else');
});

test(
  'an import without a wildcard: the suite finds that a pull stores a message under a foreign subject',
  { timeout: TIMEOUT_MS },
  async () => {
    assert.deepEqual((await attack('momentum', 'literal')).holes, ['stored a message under signals.normalized.paper.BTC-USD']);
  },
);

test('one account for all: the suite finds the holes that it has', { timeout: 2 * TIMEOUT_MS }, async (context) => {
  const holes = new Set<string>();
  for (const attacker of ATTACKERS) for (const hole of (await attack(attacker, 'flat')).holes) holes.add(hole);
  for (const hole of [...holes].toSorted()) context.diagnostic(hole);
  assert.ok(holes.size >= 12, `expected at least 12 kinds of hole, found ${holes.size}`);
  assert.ok(holes.has('deleted stream EXECUTIONS'));
  assert.ok(holes.has('stored a message under $KV.CONTROL.halt.main'));
});
