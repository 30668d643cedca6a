/** Deletes objects in different orders and checks that nothing is left: real API server with garbage collector, nats-server and operator. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import { type KubeObject, KUBERNETES_TYPES, type ResourceType } from '@flotilla/kube/mod.ts';
import { makeObject, portfolio, riskPolicy, strategy, withSpec } from '@flotilla/operator/testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '@flotilla/operator/testing/operator-fixture.ts';
import { MANAGED_SELECTOR } from '@flotilla/operator/workload/labels.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import type { ServerProcess } from '@flotilla/runtime/testing/server-process.ts';
import { startControllerManager } from '../../kube/testing/controller-manager.ts';

/** The SignalSource shares nothing with the others, so by default it takes each place in turn; `DELETION_ORDERS=all` takes all 120. */
const ALL_ORDERS = process.env['DELETION_ORDERS'] === 'all';
const GONE_MS_MAX = 120_000;
const REPORT_INTERVAL_MS = 500;

let fixture: OperatorFixture;
let controllers: ServerProcess;
before(async () => {
  fixture = await startOperatorFixture();
  controllers = await startControllerManager(readFileSync(fixture.api.kubeconfigPath, 'utf8'), [
    'garbage-collector-controller',
    'namespace-controller',
    'persistentvolumeclaim-protection-controller',
  ]);
});
after(async () => {
  await controllers.stop();
  await fixture.stop();
});

type NamespaceObject = KubeObject & { readonly status?: { readonly conditions?: readonly { readonly message: string }[] } };
type Named = readonly [type: ResourceType, object: ResourceObject];

/** One object of each kind; the objects refer to each other. */
function fleetOf(id: string): readonly Named[] {
  const rename = (object: ResourceObject, name: string): ResourceObject => ({ ...object, metadata: { ...object.metadata, name } });
  const scope = { type: 'Portfolios', portfolios: [{ namespace: 'trading', name: `p-${id}` }] };
  const replay = { scheme: 'Replay', venue: 'v', instruments: ['BTC-USD'], replay: { datasets: ['d'] } };
  return [
    [KINDS.strategy, rename(withSpec(strategy, { portfolioRef: { name: `p-${id}` } }), `s-${id}`)],
    [KINDS.portfolio, rename(withSpec(portfolio, { riskPolicyRef: { name: `r-${id}` } }), `p-${id}`)],
    [KINDS.riskPolicy, rename(riskPolicy, `r-${id}`)],
    [KINDS.signalSource, makeObject('SignalSource', `f-${id}`, replay)],
    [KINDS.killSwitch, makeObject('KillSwitch', `k-${id}`, { scope, reason: 'drill' })],
  ];
}

function permutations<T>(values: readonly T[]): readonly (readonly T[])[] {
  if (values.length < 2) return [values];
  return values.flatMap((value, index) => permutations(values.toSpliced(index, 1)).map((rest) => [value, ...rest]));
}

/** Plays the exec of a portfolio, with one open order until its strategy is halted or deleted. */
function playExec(name: string): { readonly openOrders: () => number; stop(): Promise<void> } {
  let openOrders = 1;
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const config = await fixture.config(name);
      if (config !== undefined) openOrders = config.strategies.some(({ desiredState }) => desiredState !== 'Halted') ? 1 : 0;
      const record = await fixture.halt(name);
      const now = formatTime(Date.now());
      const engaged = record?.state === 'ENGAGED';
      const halt = {
        haltId: record?.haltId ?? '',
        generation: record?.generation ?? 0,
        receivedAt: now,
        gateClosedAt: now,
        restingCancelledCount: 1,
        zeroOpenOrdersVerifiedAt: now,
        refusedCount: 0,
      };
      if (engaged) openOrders = 0;
      await fixture.reportExec(name, { openOrders, ...(engaged ? { tradingState: 'HALTED', reason: 'TRADING_HALTED', halt } : {}) });
      await sleep(REPORT_INTERVAL_MS);
    }
  };
  const running = run();
  return {
    openOrders: () => openOrders,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

const isGone = async ([type, { metadata }]: Named): Promise<boolean> => (await fixture.find(type, metadata.name)) === undefined;

async function leftovers(): Promise<readonly string[]> {
  const { deployment, serviceAccount, networkPolicy, service, configMap, secret } = KUBERNETES_TYPES;
  const scope = { namespace: 'trading', labelSelector: MANAGED_SELECTOR };
  const owned = [deployment, serviceAccount, networkPolicy, service, configMap, secret];
  const lists = await Promise.all(owned.map((type) => fixture.cluster.list(type, scope)));
  // The consumer of an exec stays, so a later portfolio of the same name continues where this one stopped.
  const consumers = await fixture.consumers('SIGNALS');
  return [
    ...lists.flatMap(({ items }, index) => items.map(({ metadata }) => `${owned[index]?.kind ?? ''} ${metadata.name}`)),
    ...consumers.filter((name) => name.startsWith('agent-')).map((name) => `consumer ${name}`),
  ];
}

test(
  'every order of deletion: nothing is left, and no account goes before its open orders, when one of each kind is deleted',
  { timeout: 600_000 },
  async (context) => {
    const orders = ALL_ORDERS
      ? permutations([0, 1, 2, 3, 4])
      : permutations([0, 1, 2, 4]).map((order, index) => order.toSpliced(index % 5, 0, 3));
    assert.equal(orders.length, ALL_ORDERS ? 120 : 24);
    const fleets = orders.map((_order, index) => fleetOf(String(index)));
    for (const fleet of fleets) await Promise.all(fleet.map(([, object]) => fixture.apply(object)));
    const startedMs = performance.now();
    const execs = new Map(fleets.map((_fleet, index) => [`p-${index}`, playExec(`p-${index}`)]));
    await eventually(
      'every portfolio is provisioned',
      async () => {
        const configs = await Promise.all(fleets.map((_fleet, index) => fixture.config(`p-${index}`)));
        return configs.every((config) => (config?.strategies.length ?? 0) === 1);
      },
      GONE_MS_MAX,
    );
    context.diagnostic(`provisioned after ${Math.round(performance.now() - startedMs)} ms`);

    const stranded: string[] = [];
    await Promise.all(
      fleets.map(async (fleet, index) => {
        for (const position of orders[index] ?? []) {
          const named = fleet[position];
          if (named !== undefined) await fixture.remove(named[0], named[1].metadata.name);
        }
        const account = fleet[1];
        const name = `p-${index}`;
        await eventually(`${name} is gone`, async () => account !== undefined && isGone(account), GONE_MS_MAX);
        if (execs.get(name)?.openOrders() !== 0) stranded.push(`${name} (order ${String(orders[index])})`);
        await execs.get(name)?.stop();
      }),
    );
    assert.deepEqual(stranded, [], 'accounts that went with an open order');
    for (const named of fleets.flat())
      await eventually(`${named[0].kind} ${named[1].metadata.name} is gone`, () => isGone(named), GONE_MS_MAX);
    await eventually(
      'nothing is left',
      async () => {
        const left = await leftovers();
        if (left.length > 0) throw new Error(left.slice(0, 10).join(', '));
        return true;
      },
      GONE_MS_MAX,
    );
    context.diagnostic(`all gone after ${Math.round(performance.now() - startedMs)} ms`);
  },
);

test('a foreground deletion: exec runs until it has confirmed that no order is open', { timeout: 120_000 }, async () => {
  const fleet = fleetOf('front');
  await Promise.all(fleet.map(([, object]) => fixture.apply(object)));
  await fixture.settleDeployment('p-front-exec');
  await fixture.reportExec('p-front', { openOrders: 1 });
  await fixture.cluster.delete(KINDS.portfolio, { namespace: 'trading', name: 'p-front' }, { propagation: 'Foreground' });
  await fixture.reason(KINDS.portfolio, 'p-front', 'Ready', 'Deleting');
  await eventually('the garbage collector has deleted exec, and the operator has started exec again', async () => {
    const object = await fixture.find(KINDS.portfolio, 'p-front');
    const exec = await fixture.find(KUBERNETES_TYPES.deployment, 'p-front-exec');
    const runs = exec !== undefined && exec.metadata.deletionTimestamp === undefined;
    return object?.metadata.finalizers?.includes('foregroundDeletion') === false && runs;
  });
  assert.ok(await fixture.find(KUBERNETES_TYPES.deployment, 'p-front-exec'), 'exec runs while its order is open');
  const exec = playExec('p-front');
  for (const named of fleet) {
    if (named[0] !== KINDS.portfolio) await fixture.remove(named[0], named[1].metadata.name);
    await eventually(`${named[0].kind} is gone`, () => isGone(named), GONE_MS_MAX);
  }
  await exec.stop();
  await eventually(
    'exec is gone',
    async () => (await fixture.find(KUBERNETES_TYPES.deployment, 'p-front-exec')) === undefined,
    GONE_MS_MAX,
  );
});

test(
  'a namespace: is gone, when it is deleted with everything in it while the bus is away and exec with it',
  { timeout: 300_000 },
  async (context) => {
    const fleet = fleetOf('last');
    for (const [, object] of fleet) await fixture.apply(object);
    const exec = playExec('p-last');
    await eventually('the portfolio is provisioned', async () => ((await fixture.config('p-last'))?.strategies.length ?? 0) === 1);
    await exec.stop();
    await fixture.nats.kill();
    const startedMs = performance.now();
    await fixture.cluster.delete(KUBERNETES_TYPES.namespace, { name: 'trading' });
    await eventually(
      'the namespace is gone',
      async () => {
        const namespace = await fixture.cluster.find<NamespaceObject>(KUBERNETES_TYPES.namespace, { name: 'trading' });
        if (namespace === undefined) return true;
        throw new Error(namespace.status?.conditions?.map(({ message }) => message).join('; ') ?? 'no reason given');
      },
      GONE_MS_MAX,
    );
    context.diagnostic(`gone after ${Math.round(performance.now() - startedMs)} ms`);
  },
);
