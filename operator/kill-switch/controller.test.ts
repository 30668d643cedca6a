/** The controller over objects, reports and a bus that the test speaks for; the API server is a list of intents. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { Intent } from '@flotilla/kube/mod.ts';
import { BUS_FINALIZER, haltFinalizer, LEGACY_HALT_FINALIZER } from '../kinds.ts';
import { makeObject } from '../testing/objects.ts';
import type { World } from '../world.ts';
import { startKillSwitchController } from './controller.ts';

const NOW = '2026-11-21T12:00:00.000Z';
const OURS = haltFinalizer('trading');
const ENGAGED = {
  schemaVersion: 1,
  portfolio: 'main',
  generation: 4,
  state: 'ENGAGED',
  haltId: 'uid-stop',
  mode: 'CancelAndHold',
  writtenAt: NOW,
};
const RELEASED = { ...ENGAGED, generation: 5, state: 'RELEASED' };
const FRESH = { value: { halt: undefined }, fresh: true };
const DONE = { value: { halt: { haltId: 'uid-stop', generation: 4, gateClosedAt: NOW, zeroOpenOrdersVerifiedAt: NOW } }, fresh: true };

const killSwitch = (more: Partial<ResourceObject['metadata']> = {}, scope: object = { type: 'All' }): ResourceObject => {
  const object = makeObject('KillSwitch', 'stop', { scope, mode: 'CancelAndHold', reason: 'drill' }, { finalizers: [OURS], ...more });
  return { ...object, metadata: { ...object.metadata, namespace: undefined } } as unknown as ResourceObject;
};
const ELSEWHERE = { type: 'Namespaces', namespaces: ['other'] };
const portfolio = makeObject('Portfolio', 'main', {}, { finalizers: [BUS_FINALIZER] });

const second = makeObject('Portfolio', 'second', {}, { finalizers: [BUS_FINALIZER] });

type Listener = (change: object) => void;

/** A cache of which the test says what changes. */
function makeCache(objects: readonly ResourceObject[] = []) {
  const listeners: Listener[] = [];
  const keyOf = ({ metadata }: ResourceObject) =>
    metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
  return {
    list: () => objects,
    get: (key: string) => objects.find((object) => keyOf(object) === key),
    byIndex: () => [],
    synced: Promise.resolve(),
    onChange(listener: Listener) {
      listeners.push(listener);
      return () => undefined;
    },
    say(type: string, object: ResourceObject) {
      for (const listener of listeners) listener({ type, object, previous: object, fromList: false, own: false });
    },
  };
}

interface Given {
  readonly object?: ResourceObject | undefined;
  readonly portfolios?: readonly ResourceObject[];
  readonly record?: object | undefined;
  readonly exec?: object | undefined;
  /** Portfolios of which exec does not report. */
  readonly silent?: readonly string[];
}

function setUp(given: Given = {}) {
  const object = 'object' in given ? given.object : killSwitch();
  const { portfolios = [portfolio] } = given;
  const caches = {
    killSwitches: makeCache(object === undefined ? [] : [object]),
    portfolios: makeCache(portfolios),
    everyPortfolio: makeCache(portfolios),
    strategies: makeCache(),
    deployments: makeCache(),
  };
  const told: string[] = [];
  const intents: Intent[] = [];
  const delaysMs: number[] = [];
  const reports: ((key: object) => void)[] = [];
  const world = {
    watches: caches,
    board: {
      exec: (name: string) => (given.silent?.includes(name) === true ? undefined : 'exec' in given ? given.exec : FRESH),
      onChange: (listener: (key: object) => void) => void reports.push(listener),
    },
    bus: { hasRun: () => Promise.resolve(true), problem: () => 'NATS does not answer' },
    halts: {
      observe: ({ metadata }: ResourceObject) => void told.push(`observe ${metadata.name}`),
      forget: ({ metadata }: ResourceObject) => void told.push(`forget ${metadata.name}`),
      sync(name: string) {
        told.push(`sync ${name}`);
        const record = 'record' in given ? given.record : ENGAGED;
        return record === undefined ? Promise.reject(new FlotillaError('BUS_UNAVAILABLE', 'away')) : Promise.resolve(record);
      },
    },
    portfolioNames: () => portfolios.map(({ metadata }) => metadata.name),
    settings: { namespace: 'trading' },
    clock: {
      nowMs: () => Date.parse(NOW),
      monotonicMs: () => 0,
      sleep: () => new Promise(() => undefined),
      after(delayMs: number) {
        delaysMs.push(delayMs);
        return () => undefined;
      },
    },
    rng: { next: () => 0 },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    metrics: new Proxy({}, { get: () => () => undefined }),
    trace: undefined,
    executorOf: () => ({
      execute(wanted: readonly Intent[]) {
        intents.push(...wanted);
        return Promise.resolve({ written: wanted.length, skipped: 0 });
      },
    }),
  } as unknown as World;
  const controller = startKillSwitchController(world);
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return { caches, controller, told, intents, delaysMs, settle, report: (key: object) => reports.forEach((listener) => listener(key)) };
}

/** The writes of one look at the KillSwitch, and the time of the next look. */
async function look(given: Given = {}) {
  const { controller, intents, delaysMs, settle, told } = setUp(given);
  controller.enqueue('stop', 'kill');
  await settle();
  const finalizers = intents.flatMap((intent) =>
    intent.type === 'apply' ? [(intent.manifest.metadata['finalizers'] ?? []) as string[]] : [],
  );
  const statuses = intents.flatMap((intent) => (intent.type === 'status' ? [intent] : []));
  return { finalizers, statuses, againMs: delaysMs.filter((delayMs) => delayMs === 500 || delayMs === 5_000), told, intents };
}

test('kill switch controller: sets its finalizer, engages, and writes its own status under its own name', async () => {
  const { finalizers, statuses, told } = await look({ object: killSwitch({ finalizers: [] }) });
  assert.deepEqual(finalizers, [[OURS]]);
  assert.deepEqual(told, ['sync main']);
  assert.deepEqual(
    statuses.map(({ fieldManager, status }) => [fieldManager, (status as { readonly state?: string }).state]),
    [['flotilla-operator-trading-status', 'Engaging']],
  );
});

for (const { reason, given, want } of [
  { reason: 'exec is to close its gate', given: {}, want: [500] },
  { reason: 'exec is silent', given: { exec: undefined }, want: [5_000] },
  { reason: 'the last report of exec is old', given: { exec: { ...DONE, fresh: false } }, want: [5_000] },
  { reason: 'one of two execs is silent', given: { portfolios: [portfolio, second], silent: ['second'] }, want: [500] },
  { reason: 'both execs are silent', given: { portfolios: [portfolio, second], silent: ['main', 'second'] }, want: [5_000] },
  { reason: 'the bus is away', given: { record: undefined, exec: undefined }, want: [500] },
  { reason: 'the halt is complete', given: { exec: DONE }, want: [] },
  { reason: 'nothing is in scope', given: { portfolios: [] }, want: [] },
] satisfies readonly { readonly reason: string; readonly given: Given; readonly want: readonly number[] }[]) {
  test(`kill switch controller: looks again ${want.length === 0 ? 'only when told' : `after ${want[0]} ms`}, when ${reason}`, async () => {
    assert.deepEqual((await look(given)).againMs, want);
  });
}

test('kill switch controller: writes no status that the object already holds', async () => {
  const { statuses } = await look({ exec: DONE });
  const held = { ...killSwitch(), status: { ...statuses[0]?.status } };
  assert.deepEqual((await look({ exec: DONE, object: held })).statuses, []);
});

test('kill switch controller: takes back a status that an operator of an older version wrote as a whole', async () => {
  const old = { ...killSwitch(), status: { observedGeneration: 0, conditions: [] } };
  const { statuses } = await look({ object: old });
  assert.deepEqual([statuses[0]?.fieldManager, statuses[0]?.status], [undefined, {}]);
  assert.equal(statuses.length, 2);
  for (const status of [{ observedGeneration: -1 }, { observedGeneration: 1, namespaces: [] }]) {
    const found = await look({ object: { ...killSwitch(), status } });
    assert.ok(
      found.statuses.every(({ fieldManager }) => fieldManager !== undefined),
      JSON.stringify(status),
    );
  }
});

const DELETED = { deletionTimestamp: NOW };
for (const { reason, given, released } of [
  { reason: 'the record is released', given: { record: RELEASED }, released: true },
  { reason: 'another KillSwitch holds the halt', given: { record: { ...ENGAGED, haltId: 'uid-other' } }, released: true },
  { reason: 'nothing is in scope any more', given: { portfolios: [] }, released: true },
  { reason: 'the record still stands for it', given: {}, released: false },
  { reason: 'the bus does not say what stands', given: { record: undefined }, released: false },
] satisfies readonly { readonly reason: string; readonly given: Given; readonly released: boolean }[]) {
  test(`kill switch controller: ${released ? 'lets the deletion go on' : 'holds the deletion'}, when ${reason}`, async () => {
    const { finalizers } = await look({ ...given, object: killSwitch({ ...DELETED, finalizers: [OURS, LEGACY_HALT_FINALIZER] }) });
    const kept = finalizers.filter((left) => left.includes(OURS));
    assert.equal(kept.length, 0, 'sets no finalizer on an object that is being deleted');
    assert.equal(finalizers.length > 0, released);
  });
}

test('kill switch controller: writes nothing to a KillSwitch of other namespaces, and removes only the finalizer of older versions', async () => {
  const kept = killSwitch({ finalizers: [LEGACY_HALT_FINALIZER] }, ELSEWHERE);
  assert.deepEqual((await look({ object: kept })).intents, []);
  const deleted = killSwitch({ ...DELETED, finalizers: ['halt.flotilla.dev/other', LEGACY_HALT_FINALIZER] }, ELSEWHERE);
  const { intents, told } = await look({ object: deleted });
  assert.deepEqual([intents.map(({ type }) => type), told], [['apply'], []]);
});

test('kill switch controller: synchronises every portfolio, when the KillSwitch is gone', async () => {
  const { told, intents } = await look({ object: undefined, portfolios: [portfolio, second] });
  assert.deepEqual([told, intents], [['sync main', 'sync second'], []]);
});

test('kill switch controller: tells the halt register of each KillSwitch that comes or goes', () => {
  const { caches, told } = setUp();
  caches.killSwitches.say('added', killSwitch());
  caches.killSwitches.say('modified', killSwitch());
  caches.killSwitches.say('deleted', killSwitch());
  assert.deepEqual(told, ['observe stop', 'observe stop', 'forget stop']);
});

for (const { reason, speak, looks } of [
  { reason: 'the KillSwitch changes', speak: ({ caches }) => caches.killSwitches.say('modified', killSwitch()), looks: true },
  { reason: 'a portfolio comes', speak: ({ caches }) => caches.portfolios.say('added', portfolio), looks: true },
  { reason: 'a portfolio changes', speak: ({ caches }) => caches.portfolios.say('modified', portfolio), looks: false },
  { reason: 'a strategy goes', speak: ({ caches }) => caches.strategies.say('deleted', portfolio), looks: true },
  { reason: 'a strategy changes', speak: ({ caches }) => caches.strategies.say('modified', portfolio), looks: false },
  { reason: 'a Deployment changes', speak: ({ caches }) => caches.deployments.say('modified', portfolio), looks: true },
  { reason: 'an exec reports', speak: ({ report }) => report({ kind: 'exec', portfolio: 'main' }), looks: true },
  { reason: 'the exec of an unknown portfolio reports', speak: ({ report }) => report({ kind: 'exec', portfolio: 'x' }), looks: false },
  { reason: 'an agent reports', speak: ({ report }) => report({ kind: 'agent', portfolio: 'main', strategy: 's' }), looks: false },
] satisfies readonly { readonly reason: string; readonly speak: (world: ReturnType<typeof setUp>) => void; readonly looks: boolean }[]) {
  test(`kill switch controller: ${looks ? 'looks' : 'does not look'} at the KillSwitch, when ${reason}`, async () => {
    const world = setUp();
    await world.settle();
    speak(world);
    await world.settle();
    assert.equal(world.told.includes('sync main'), looks);
  });
}
