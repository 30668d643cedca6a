import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portfolio, strategy } from '../testing/objects.ts';
import { incidentEvent } from './tell-incident.ts';

const FLEET = { namespace: 'trading', portfolios: [portfolio], strategies: [strategy] };

test('incidentEvent: warns on the Strategy of an agent, with the subject and the number of attempts', () => {
  const incident = { principal: 'agent-main_btc-momentum', subject: '$KV.CONTROL.halt.main' };
  const event = incidentEvent(incident, 3, FLEET);
  assert.equal(event?.regarding, strategy);
  assert.equal(event.severity, 'Warning');
  assert.match(event.note, /^agent-main_btc-momentum tried 3 times .*\$KV\.CONTROL\.halt\.main/);
  assert.match(incidentEvent(incident, 1, FLEET)?.note ?? '', / tried once /);
});

test('incidentEvent: warns on the Portfolio of an exec', () => {
  assert.equal(incidentEvent({ principal: 'exec-main', subject: 'audit.event.main' }, 1, FLEET)?.regarding, portfolio);
});

test('incidentEvent: gives none for a principal without an object, or of another namespace', () => {
  assert.equal(incidentEvent({ principal: 'gateway', subject: 'audit.event.main' }, 1, FLEET), undefined);
  assert.equal(incidentEvent({ principal: 'exec-main', subject: 'a' }, 1, { ...FLEET, namespace: 'other' }), undefined);
});
