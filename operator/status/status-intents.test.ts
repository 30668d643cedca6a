import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KINDS } from '../kinds.ts';
import { strategy } from '../testing/objects.ts';
import { ready, reconciling, stalled, statusBase, type Verdict } from './standard-conditions.ts';
import { statusIntents } from './status-intents.ts';
import { unknownFieldsCondition } from './unknown-fields.ts';

const starting = reconciling('AgentStarting', 'on its way');
const running = ready('Running', 'runs');
const missing = stalled('PortfolioNotFound', 'no Portfolio');
const wrong = stalled('ParametersInvalid', 'fastBars');

const cases: readonly {
  readonly reason: string;
  readonly before: Verdict | undefined;
  readonly now: Verdict;
  readonly event: string | undefined;
}[] = [
  { reason: 'the first step of a new object makes no event', before: undefined, now: starting, event: undefined },
  { reason: 'an object that cannot go on makes an event', before: undefined, now: missing, event: 'Warning PortfolioNotFound' },
  { reason: 'another obstacle makes an event', before: missing, now: wrong, event: 'Warning ParametersInvalid' },
  { reason: 'the same obstacle makes no event', before: missing, now: missing, event: undefined },
  { reason: 'an obstacle that is gone makes no event until the object is ready', before: missing, now: starting, event: undefined },
  { reason: 'ready makes an event', before: starting, now: running, event: 'Normal Running' },
  { reason: 'still ready makes no event', before: running, now: running, event: undefined },
  { reason: 'ready for another reason makes an event', before: running, now: ready('Paused', 'paused'), event: 'Normal Paused' },
  { reason: 'no longer ready makes an event', before: running, now: starting, event: 'Normal AgentStarting' },
];

for (const { reason, before, now, event } of cases) {
  test(`statusIntents: ${reason}`, () => {
    const object = before === undefined ? strategy : { ...strategy, status: statusBase(strategy, before, 0) };
    const intents = statusIntents(KINDS.strategy, object, statusBase(object, now, 1_000));
    assert.equal(intents[0]?.type, 'status');
    const events = intents.flatMap((intent) => (intent.type === 'event' ? [`${intent.severity} ${intent.reason}`] : []));
    assert.deepEqual(events, event === undefined ? [] : [event]);
  });
}

test('statusIntents: warns once of each set of fields that the operator ignores', () => {
  const statusOf = (fields: readonly string[]) => statusBase(strategy, running, 0, unknownFieldsCondition(fields));
  const eventsOf = (before: readonly string[], now: readonly string[]): readonly string[] =>
    statusIntents(KINDS.strategy, { ...strategy, status: statusOf(before) }, statusOf(now)).flatMap((intent) =>
      intent.type === 'event' ? [`${intent.severity} ${intent.reason}`] : [],
    );
  assert.deepEqual(eventsOf([], ['spec.colour']), ['Warning UnknownFields']);
  assert.deepEqual(eventsOf(['spec.colour'], ['spec.colour']), []);
  assert.deepEqual(eventsOf(['spec.colour'], ['spec.shape']), ['Warning UnknownFields']);
  assert.deepEqual(eventsOf(['spec.colour'], []), []);
});
