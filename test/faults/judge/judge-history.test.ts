/** Tests the judge of the fault plans: it finds each wrong action of an operator, and nothing in a correct history. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import type { KubeObject } from '@flotilla/kube/mod.ts';
import { BY_PLAN } from '../proxy/answers.ts';
import type { LoggedRequest } from '../proxy/strike-request.ts';
import { parseApiRequest } from '../proxy/api-request.ts';
import type { TruthEvent } from '../world/recorder.ts';
import { type History, historyProblems } from './judge-history.ts';

const AT_MS = 1_000_000;
const strategySpec = { portfolioRef: { name: 'main' }, agent: { builtIn: 'Momentum' }, parameters: {}, instruments: ['BTC-USD'] };
const policy = object('riskpolicies', 'conservative', {});
const portfolio = object('portfolios', 'main', { riskPolicyRef: { name: 'conservative' } });
const strategy = object('strategies', 'btc', strategySpec);
const source = object('signalsources', 'replay', {});
const killSwitch = object('killswitches', 'stop', { scope: { type: 'All' } });
const agent = child('deployments', 'btc-agent', 'agent', { 'flotilla.dev/strategy': 'btc', 'flotilla.dev/portfolio': 'main' });
const gateway = child('deployments', 'flotilla-gateway', 'gateway', {});
const key = child('secrets', 'btc-agent-key', 'agent', { 'flotilla.dev/strategy': 'btc' });

interface Recorded {
  readonly resource: string;
  readonly object: KubeObject;
}

function object(resource: string, name: string, spec: object, metadata: Partial<KubeObject['metadata']> = {}): Recorded {
  return { resource, object: { metadata: { name, namespace: 'trading', uid: `uid-${name}`, ...metadata }, spec } as KubeObject };
}
function child(resource: string, name: string, component: string, labels: Readonly<Record<string, string>>): Recorded {
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Strategy', name: 'btc', uid: 'uid-btc', controller: true }];
  const all = { 'app.kubernetes.io/managed-by': 'flotilla-operator', 'app.kubernetes.io/component': component, ...labels };
  return object(resource, name, {}, { labels: all, ownerReferences });
}
const event = (type: TruthEvent['type'], { resource, object: of }: Recorded, atMs = AT_MS): TruthEvent => ({
  resource,
  type,
  object: of,
  atMs,
});
const added = (recorded: Recorded, atMs?: number): TruthEvent => event('ADDED', recorded, atMs);
const marked = ({ resource, object: { metadata, ...rest } }: Recorded, atMs?: number): TruthEvent =>
  event('MODIFIED', { resource, object: { ...rest, metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } } }, atMs);
const withSpec = ({ resource, object: of }: Recorded, spec: object): TruthEvent =>
  event('MODIFIED', { resource, object: { ...of, spec } as KubeObject });

const request = (method: string, path: string, body: object, statusCode = 200, answer = '{}', atMs = AT_MS): LoggedRequest => {
  const parsed = parseApiRequest(method, path, JSON.stringify(body));
  assert.ok(parsed !== undefined);
  return { request: parsed, body: JSON.stringify(body), statusCode, answer, atMs };
};
const deleteOf = ({ resource, object: { metadata } }: Recorded): LoggedRequest =>
  request('DELETE', `/apis/apps/v1/namespaces/trading/${resource}/${metadata.name}`, { preconditions: { uid: metadata.uid } });
const released = ({ resource, object: { metadata } }: Recorded, atMs?: number): LoggedRequest =>
  request(
    'PATCH',
    `/apis/flotilla.dev/v1alpha1/namespaces/trading/${resource}/${metadata.name}?force=true`,
    { apiVersion: 'v1', metadata: { name: metadata.name, uid: metadata.uid, finalizers: [] } },
    200,
    '{}',
    atMs,
  );
const makeKey = (): LoggedRequest => request('POST', '/api/v1/namespaces/trading/secrets', key.object, 201);
const refused = (atMs: number): LoggedRequest => request('GET', '/api/v1/secrets', {}, 500, BY_PLAN, atMs);
const record = (generation: number, change: Partial<HaltRecord> = {}): HaltRecord => ({
  schemaVersion: 1,
  portfolio: 'main',
  generation,
  state: 'RELEASED',
  writtenAt: '2026-01-01T00:00:00Z',
  ...change,
});
const engaged = { state: 'ENGAGED', haltId: 'uid-stop', killSwitch: 'stop', mode: 'CancelAndHold' } as const;
const halts = (...records: readonly HaltRecord[]): History['haltWrites'] => records.map((one) => ({ record: one, atMs: AT_MS + 10_000 }));
const config = (desiredState: 'Running' | 'Halted') => ({
  portfolio: 'main',
  config: { strategies: [{ name: 'btc', desiredState }] } as never,
  atMs: AT_MS + 20,
});
const consumer = (action: 'create' | 'delete', atMs: number) => ({ action, stream: 'SIGNALS', consumer: 'agent-main_btc', atMs });

const world = [added(policy), added(portfolio), added(strategy), added(source), added(agent), added(gateway), added(key)];
const history = (change: Partial<History>): History => ({
  events: world,
  requests: [],
  configWrites: [],
  consumerChanges: [],
  haltWrites: [],
  haltsCompleted: [{ haltId: 'uid-stop', atMs: AT_MS }],
  ...change,
});

for (const [reason, change] of [
  ['nothing happened', {}],
  [
    'an agent was deleted while its parameters were wrong',
    {
      events: [
        ...world,
        withSpec(strategy, { ...strategySpec, parameters: { fastBars: 9, slowBars: 3 } }),
        withSpec(strategy, strategySpec),
        event('DELETED', agent),
      ],
      requests: [deleteOf(agent)],
    },
  ],
  [
    'an agent was deleted after its policy',
    { events: [...world, event('DELETED', policy), event('DELETED', agent)], requests: [deleteOf(agent)] },
  ],
  [
    'the gateway was deleted after the last source',
    { events: [...world, event('DELETED', source), event('DELETED', gateway)], requests: [deleteOf(gateway)] },
  ],
  ['a delete was refused', { requests: [{ ...deleteOf(agent), statusCode: 409 }] }],
  [
    'a strategy went after exec was told',
    { events: [...world, marked(strategy)], requests: [released(strategy, AT_MS + 30)], configWrites: [config('Halted')] },
  ],
  [
    'a strategy went with its portfolio',
    { events: [...world, marked(portfolio), marked(strategy)], requests: [released(strategy, AT_MS + 30)] },
  ],
  ['a key was made anew after it was lost', { events: [...world, event('DELETED', key)], requests: [makeKey(), makeKey()] }],
  [
    'a consumer went with its strategy',
    { events: [...world, marked(strategy)], consumerChanges: [consumer('create', AT_MS), consumer('delete', AT_MS + 30)] },
  ],
  [
    'a halt was engaged and released',
    { events: [...world, added(killSwitch), marked(killSwitch)], haltWrites: halts(record(0), record(1, engaged), record(2)) },
  ],
  [
    'a switch came at the very moment of the first record',
    { events: [...world, added(killSwitch, AT_MS + 9_900)], haltWrites: halts(record(0)) },
  ],
  ['a server that refuses is asked with back-off', { requests: [0, 100, 300, 700, 1_500].map((ms) => refused(AT_MS + ms)) }],
] as const satisfies readonly (readonly [string, Partial<History>])[]) {
  test(`historyProblems: finds nothing, when ${reason}`, () => assert.deepEqual(historyProblems(history(change)), []));
}

const namesake = object('deployments', 'btc-agent', {}, { ...agent.object.metadata, uid: 'uid-second' });
const second = child('deployments', 'btc-agent-2', 'agent', { 'flotilla.dev/strategy': 'btc', 'flotilla.dev/portfolio': 'main' });
for (const [reason, change, words] of [
  [
    'an agent was deleted that was wanted all its life',
    { events: [...world, event('DELETED', agent)], requests: [deleteOf(agent)] },
    /btc-agent .*wanted all its life/,
  ],
  [
    'a namesake was deleted that came after the reason had gone',
    {
      events: [...world, event('DELETED', policy), event('DELETED', agent), added(policy), added(namesake), event('DELETED', namesake)],
      requests: [deleteOf(namesake)],
    },
    /uid-second.*wanted all its life/,
  ],
  [
    'the gateway was deleted while a source stood',
    { events: [...world, event('DELETED', gateway)], requests: [deleteOf(gateway)] },
    /flotilla-gateway.*wanted/,
  ],
  ['a key was deleted', { events: [...world, event('DELETED', key)], requests: [deleteOf(key)] }, /btc-agent-key.*wanted/],
  ['an object that never existed was deleted', { events: [], requests: [deleteOf(agent)] }, /it never existed/],
  [
    'a delete without precondition hit the wrong one',
    {
      events: [...world, event('DELETED', agent)],
      requests: [
        request('DELETE', '/apis/apps/v1/namespaces/trading/deployments/btc-agent', {}, 200, '{"details":{"uid":"uid-btc-agent"}}'),
      ],
    },
    /wanted all its life/,
  ],
  ['one strategy has two agents', { events: [...world, added(second)] }, /btc-agent and btc-agent-2 stand for the same thing/],
  ['a key was made twice', { requests: [makeKey(), makeKey()] }, /made 2 times and lost 0 times/],
  [
    'the finalizer of an object without a deletion was removed',
    { requests: [released(strategy)] },
    /strategies\/btc: the finalizer was removed although there was no deletion/,
  ],
  [
    'a strategy went before exec was told',
    { events: [...world, marked(strategy)], requests: [released(strategy, AT_MS + 30)], configWrites: [config('Running')] },
    /the finalizer was removed before exec was told/,
  ],
  [
    'a consumer went although its strategy was to stay',
    { consumerChanges: [consumer('create', AT_MS), consumer('delete', AT_MS + 5_000)] },
    /agent-main_btc: deleted although strategies btc was to stay/,
  ],
  [
    'a consumer was taken from the second life of a strategy',
    {
      events: [...world, marked(strategy, AT_MS), event('DELETED', strategy, AT_MS), added(strategy, AT_MS + 10_000)],
      consumerChanges: [consumer('create', AT_MS + 10_000), consumer('delete', AT_MS + 20_000)],
    },
    /was to stay/,
  ],
  [
    'a halt was released while its switch stood',
    { events: [...world, added(killSwitch)], haltWrites: halts(record(0), record(1, engaged), record(2)) },
    /generation 2: is RELEASED .* while KillSwitch stop stands/,
  ],
  [
    'a halt was loosened while its switch stood',
    {
      events: [...world, added(killSwitch)],
      haltWrites: halts(record(0), record(1, engaged), record(2, { ...engaged, mode: 'ReduceOnly' })),
    },
    /ReduceOnly while KillSwitch stop stands/,
  ],
  [
    'the first record was open although a switch stood',
    { events: [...world, added(killSwitch)], haltWrites: halts(record(0)) },
    /generation 0: is RELEASED/,
  ],
  [
    'a halt was released before it was complete',
    {
      events: [...world, added(killSwitch), marked(killSwitch)],
      haltWrites: halts(record(0), record(1, engaged), record(2)),
      haltsCompleted: [],
    },
    /generation 2: released before exec/,
  ],
  [
    'a record overwrote one that its writer had not read',
    { haltWrites: halts(record(0), record(1, engaged), record(1)) },
    /follows on generation 1/,
  ],
  [
    'a server that refuses is hammered',
    { requests: Array.from({ length: 30 }, (_, index) => refused(AT_MS + index * 10)) },
    /list secrets: sent 30 times within a second/,
  ],
] as const satisfies readonly (readonly [string, Partial<History>, RegExp])[]) {
  test(`historyProblems: names the problem, when ${reason}`, () => assert.match(historyProblems(history(change)).join('\n'), words));
}
