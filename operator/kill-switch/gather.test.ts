import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { KillSwitchSpec } from '@flotilla/contracts/resources/kill-switch.ts';
import { BUS_FINALIZER } from '../kinds.ts';
import { makeObject } from '../testing/objects.ts';
import { gatherKillSwitch } from './gather.ts';

type Sources = Parameters<typeof gatherKillSwitch>[2];

const RECORD = { schemaVersion: 1, portfolio: 'main', generation: 4, state: 'ENGAGED', writtenAt: '' };
const REPORT = { value: { portfolio: 'main' }, fresh: true };
const AWAY = new FlotillaError('BUS_UNAVAILABLE', 'no answer');
const ALL: KillSwitchSpec['scope'] = { type: 'All' };
const killSwitch = (scope: KillSwitchSpec['scope']) => makeObject('KillSwitch', 'stop', { scope, mode: 'CancelAndHold', reason: 'drill' });
const bound = (namespace: string, name: string) => makeObject('Portfolio', name, {}, { namespace, finalizers: [BUS_FINALIZER] });
const strategy = (name: string) => makeObject('Strategy', name, {});
/** A Deployment that is wanted `replicas` times and has as many pods. */
const deployment = (name: string, replicas: number) => ({
  ...makeObject('Deployment', `${name}-agent`, { replicas }),
  status: { observedGeneration: 1, replicas },
});

interface Given {
  readonly scope?: KillSwitchSpec['scope'];
  readonly portfolios?: readonly ResourceObject[];
  readonly strategies?: readonly ResourceObject[];
  readonly deployments?: readonly ResourceObject[];
  readonly sync?: () => Promise<unknown>;
  readonly problem?: string;
  readonly exec?: typeof REPORT | undefined;
  readonly hasRun?: () => Promise<boolean>;
  readonly readsEveryNamespace?: boolean;
}

async function gather(given: Given, keys: readonly string[] = ['trading/main']) {
  const { scope = ALL, portfolios = [], strategies = [], deployments = [] } = given;
  const byKey = (objects: readonly ResourceObject[]) => ({
    list: () => objects,
    get: (key: string) => objects.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === key),
  });
  const asked: string[] = [];
  const sources = {
    watches: {
      portfolios: byKey(portfolios),
      everyPortfolio: byKey(portfolios),
      readsEveryNamespace: given.readsEveryNamespace ?? true,
      strategies: { byIndex: (index: string, key: string) => (index === 'portfolio' && key === 'trading/main' ? strategies : []) },
      deployments: byKey(deployments),
    },
    bus: {
      hasRun(name: string) {
        asked.push(name);
        return (given.hasRun ?? (() => Promise.resolve(true)))();
      },
      problem: () => given.problem,
    },
    board: { exec: () => ('exec' in given ? given.exec : REPORT) },
    halts: { sync: given.sync ?? (() => Promise.resolve(RECORD)) },
    settings: { namespace: 'trading' },
  } as unknown as Sources;
  return { ...(await gatherKillSwitch(killSwitch(scope), keys, sources)), asked };
}

test('gatherKillSwitch: gives the record that stands and the report of exec, and asks for nothing more', async () => {
  const { portfolios, namespace, spec, asked } = await gather({});
  assert.deepEqual(portfolios, [
    { namespace: 'trading', name: 'main', record: RECORD, problem: undefined, exec: REPORT, neverRan: false, agentsRunning: 0 },
  ]);
  assert.deepEqual([namespace, spec.mode, asked], ['trading', 'CancelAndHold', []]);
});

for (const { reason, given, want } of [
  { reason: 'the bus knows no event of an exec', given: { exec: undefined, hasRun: () => Promise.resolve(false) }, want: true },
  { reason: 'the bus knows one', given: { exec: undefined, hasRun: () => Promise.resolve(true) }, want: false },
  { reason: 'the bus does not answer', given: { exec: undefined, hasRun: () => Promise.reject(AWAY) }, want: false },
  {
    reason: 'the record could not be read, so the bus is not asked',
    given: { exec: undefined, sync: () => Promise.reject(AWAY), hasRun: () => Promise.resolve(false) },
    want: false,
  },
] satisfies readonly { readonly reason: string; readonly given: Given; readonly want: boolean }[]) {
  test(`gatherKillSwitch: says that an exec ${want ? 'never' : 'may have'} ran, when none reports and ${reason}`, async () => {
    assert.equal((await gather(given)).portfolios[0]?.neverRan, want);
  });
}

test('gatherKillSwitch: says what is wrong with the bus, or else with the request, when the record cannot be had', async () => {
  const away = await gather({ sync: () => Promise.reject(AWAY), problem: 'NATS does not answer' });
  assert.deepEqual([away.portfolios[0]?.record, away.portfolios[0]?.problem], [undefined, 'NATS does not answer']);
  assert.equal((await gather({ sync: () => Promise.reject(AWAY) })).portfolios[0]?.problem, 'no answer');
  await assert.rejects(gather({ sync: () => Promise.reject(new TypeError('bug')) }), TypeError);
});

test('gatherKillSwitch: counts the agents of the portfolio that may have a pod', async () => {
  const { portfolios } = await gather({
    strategies: ['runs', 'gone', 'absent', 'stops'].map(strategy),
    deployments: [
      deployment('runs', 1),
      deployment('gone', 0),
      { ...deployment('stops', 0), status: { observedGeneration: 1, replicas: 1 } },
    ],
  });
  assert.equal(portfolios[0]?.agentsRunning, 2, 'the one that runs and the one that stops');
});

test('gatherKillSwitch: counts bound portfolios of other namespaces in scope, by namespace', async () => {
  const portfolios = [
    bound('trading', 'main'),
    bound('east', 'a'),
    bound('east', 'b'),
    bound('west', 'a'),
    makeObject('Portfolio', 'never-bound', {}, { namespace: 'west' }),
  ];
  const counts = async (scope: KillSwitchSpec['scope']) => [...(await gather({ portfolios, scope })).elsewhere];
  assert.deepEqual(await counts(ALL), [
    ['east', 2],
    ['west', 1],
  ]);
  assert.deepEqual(await counts({ type: 'Namespaces', namespaces: ['trading', 'west'] }), [['west', 1]]);
});

test('gatherKillSwitch: names portfolios of the scope that do not exist', async () => {
  const named = [
    { namespace: 'trading', name: 'main' },
    { namespace: 'trading', name: 'mian' },
  ];
  const portfolios = [bound('trading', 'main')];
  assert.deepEqual((await gather({ portfolios, scope: { type: 'Portfolios', portfolios: named } })).unmatched, ['trading/mian']);
  assert.deepEqual((await gather({ portfolios })).unmatched, []);
});

test('gatherKillSwitch: does not say of a namespace that the operator does not read that a portfolio is missing', async () => {
  const named = [
    { namespace: 'trading', name: 'mian' },
    { namespace: 'elsewhere', name: 'main' },
  ];
  const scope = { type: 'Portfolios', portfolios: named } as const;
  assert.deepEqual((await gather({ scope })).unmatched, ['trading/mian', 'elsewhere/main']);
  assert.deepEqual((await gather({ scope, readsEveryNamespace: false })).unmatched, ['trading/mian']);
});
