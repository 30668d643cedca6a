import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incidentOf } from './incident.ts';

test('incidentOf: names the principal and the subject that it tried', () => {
  const cases = [
    ['quarantine.agent-main_btc.$KV.CONTROL.halt.main', { principal: 'agent-main_btc', subject: '$KV.CONTROL.halt.main' }],
    ['quarantine.exec-main.decisions.order_intent.main.btc', { principal: 'exec-main', subject: 'decisions.order_intent.main.btc' }],
    [
      'quarantine.agent-main_btc.decisions.order_intent.main.eth',
      { principal: 'agent-main_btc', subject: 'decisions.order_intent.main.eth' },
    ],
  ] as const;
  for (const [stored, want] of cases) assert.deepEqual(incidentOf(stored), want, stored);
});

test('incidentOf: takes no decision that an AgentRole diverts for an incident', () => {
  for (const kind of ['proposal', 'order_intent'])
    assert.equal(incidentOf(`quarantine.agent-main_btc.decisions.${kind}.main.btc`), undefined, kind);
});

test('incidentOf: takes no other subject for an incident', () => {
  for (const stored of ['quarantine', 'quarantine.agent-main_btc', 'signals.raw.tv', ''])
    assert.equal(incidentOf(stored), undefined, stored);
});
