/** Dashboards and alerts before a fleet that trades and is halted, scraped by a real Prometheus. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { eventually } from '@flotilla/local/testing/eventually.ts';
import { createWebhookSecret } from '@flotilla/test/e2e/cluster-commands.ts';
import { type LocalCluster, startLocalCluster } from '@flotilla/test/e2e/local-cluster.ts';
import { METRICS, type MetricDefinition, SERVICES } from './metric-table.ts';
import { DASHBOARDS } from './monitoring-files.ts';
import { type RunningPrometheus, runPrometheus } from './testing/run-prometheus.ts';
import { type ScrapeTarget, scrapeTargets, servedMetrics } from './testing/scrape-targets.ts';

const SLOT = 6;
const PORT_OFFSET = 4_000 + SLOT * 100;
const PROCESSES = {
  operator: `127.0.0.1:${SERVICE_PORTS.operator + PORT_OFFSET}`,
  callout: `127.0.0.1:${SERVICE_PORTS.callout + PORT_OFFSET}`,
};
const EXAMPLE = 'examples/01-first-fill';
/** Panels that stay empty: those of problems, because the fleet is healthy, and that of quotes, because the example's data has none. */
const SILENT = new Set(['Why a portfolio does not trade', 'What resources wait for', 'Failures', 'Quotes by condition']);
/** No order is as small as this. */
const TIGHT = JSON.stringify({ spec: { order: { maxNotional: '1' } } });
const SCRAPES_MS = 8_000;

let cluster: LocalCluster;
let targets: readonly ScrapeTarget[] = [];
let prometheus: RunningPrometheus;

before(async () => {
  cluster = await startLocalCluster(SLOT);
  await createWebhookSecret(cluster, 'desk-webhook');
  await cluster.kubectl('apply', '-f', `${EXAMPLE}/fleet.yaml`);
  for (const [kind, name] of [
    ['portfolio', 'main'],
    ['strategy', 'btc-momentum'],
    ['strategy', 'desk-alerts'],
    ['signalsource', 'desk'],
    ['signalsource', 'btc-replay'],
  ] as const) {
    await cluster.condition(kind, name, 'Ready', 'True');
  }
  targets = scrapeTargets(await cluster.kubectl('get', 'pods', '-n', 'trading', '-o', 'json'), PROCESSES);
  prometheus = await runPrometheus(targets);
  await trade();
});
after(async () => {
  await prometheus.stop();
  await cluster.stop();
});

/** Fills of both strategies, refused webhooks and, under a tightened policy, denials, while Prometheus looks. */
async function trade(): Promise<void> {
  const untilMs = systemClock.monotonicMs() + SCRAPES_MS;
  for (let round = 0; systemClock.monotonicMs() < untilMs || round < 4; round += 1) {
    const replayed = await cluster.flotilla('replay', 'btcusd-1s-2016-10-07', '--source', 'btc-replay', '--speed', '0', '--rows', '400');
    assert.equal(replayed.status, 0, replayed.stderr);
    const signal = round % 2 === 0 ? 'BUY' : 'SELL';
    const sent = await cluster.flotilla('send', '--source', 'desk', '--instrument', 'BTC-USD', '--price', '611.9', '--signal', signal);
    assert.equal(sent.status, 0, sent.stderr);
    const { status } = await fetch(`${cluster.settings.gatewayUrl}/webhook/desk`, { method: 'POST', body: '{}' });
    assert.equal(status, 401);
    if (round === 1) await cluster.kubectl('patch', 'riskpolicy', 'conservative', '-n', 'trading', '--type', 'merge', '-p', TIGHT);
  }
}

for (const service of SERVICES) {
  test(`${service}: serves what the table says of it, and of our own nothing else`, async () => {
    const mine = targets.filter((target) => target.service === service);
    assert.ok(mine.length > 0, `no ${service} runs`);
    for (const { address } of mine) {
      const served = await servedMetrics(address);
      const expected = Object.entries<MetricDefinition>(METRICS).filter(([, { services }]) => services.includes(service));
      for (const [name, { type, labels }] of expected) {
        assert.equal(served.get(name)?.type, type, `${service} ${name}`);
        for (const label of served.get(name)?.labels ?? []) assert.ok(labels.includes(label), `${service} ${name}: label ${label}`);
      }
      const unknown = [...served.keys()].filter((name) => !(name in METRICS) && !/^(process|nodejs)_/.test(name));
      assert.deepEqual(unknown, [], service);
    }
  });
}

test('Prometheus: scrapes every process of the fleet', async () => {
  await eventually('all targets are up', 30_000, async () => {
    const up = await prometheus.query('up{job=~"flotilla-.+"} == 1');
    return up.length === targets.length ? up : undefined;
  });
});

test('KillSwitch: shows on the dashboard with its time to stop', async () => {
  await cluster.kubectl('apply', '-f', `${EXAMPLE}/kill-switch.yaml`);
  await cluster.condition('killswitch', 'stop-main', 'Ready', 'True');
  const steps = await eventually('the steps are scraped', 30_000, async () => {
    const found = await prometheus.query('flotilla_halt_step_seconds{kill_switch="stop-main"}');
    return found.length === 3 ? found : undefined;
  });
  assert.deepEqual(steps.map(({ metric }) => metric['step']).toSorted(), ['agents_scaled_to_zero', 'gate_closed', 'zero_open_orders']);
  await eventually('exec is seen to stand still', 30_000, async () => {
    const [state] = await prometheus.query('exec_trading_state{state="ACTIVE",portfolio="main"} == 0');
    return state;
  });
});

for (const dashboard of DASHBOARDS) {
  test(`${dashboard.uid}: has data in every panel`, async () => {
    const panels = dashboard.rows.flatMap((row) => row.panels).filter(({ title }) => !SILENT.has(title));
    const empty: string[] = [];
    for (const { title, targets: queries } of panels) {
      const results = await Promise.all(
        queries.map(({ expression }) => prometheus.query(expression.replaceAll('$__rate_interval', '2m').replaceAll('$namespace', '.*'))),
      );
      if (results.every((result) => result.length === 0)) empty.push(title);
    }
    assert.deepEqual(empty, []);
  });
}

test('alerts: are all evaluated without an error, and none of a healthy fleet fires', async () => {
  const { groups } = (await prometheus.api('rules')) as {
    readonly groups: readonly {
      readonly rules: readonly { readonly name: string; readonly health: string; readonly state: string; readonly lastError?: string }[];
    }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  assert.ok(rules.length > 20);
  for (const { name, health, state, lastError } of rules) {
    assert.equal(health, 'ok', `${name}: ${lastError ?? ''}`);
    assert.notEqual(state, 'firing', name);
  }
});
