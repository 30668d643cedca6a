/** Measures on the local cluster the time from `kubectl apply` of a Strategy to the first signal that its agent consumed. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { agentStatusSchema, keys } from '@flotilla/contracts';
import { openBucket } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { BUS_TOKEN_AUDIENCE, READER_SERVICE_ACCOUNT } from '@flotilla/contracts/access/bus-token.ts';
import { ACCOUNT_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { tokenLogin } from '@flotilla/runtime/identity/login.ts';
import { openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { type LocalCluster, startLocalCluster } from '@flotilla/test/e2e/local-cluster.ts';
import { beginBench, round } from './harness/report.ts';
import { spread } from './harness/statistics.ts';

const RUNS = 5;
/** Signals a second while strategies start: the figure can be off by one interval. */
const SIGNALS_PER_S = 50;
const START_MS_MAX = 60_000;
/** Keeps the ports away from those of the tests. */
const SLOT = 50;
const DATASET = 'btcusd-1s-2016-10-07';

const bench = beginBench(
  'strategy-start',
  `a local cluster of its own with Portfolio, RiskPolicy and a replay of ${SIGNALS_PER_S} bars/s; time from the start of kubectl apply of one Strategy to ` +
    `firstSignalAt in its agent's status, both by this machine's clock; ${RUNS} runs, each with a new Strategy, the old one deleted before`,
);

const BASE = `apiVersion: flotilla.dev/v1alpha1
kind: RiskPolicy
metadata: { name: bench, namespace: trading }
spec:
  order: { maxNotional: "5000", priceCollarBps: 100, maxMessagesPerSecond: 20 }
  position: { maxNotional: "10000" }
  portfolio: { maxGrossNotional: "25000", maxDailyLoss: "2500" }
---
apiVersion: flotilla.dev/v1alpha1
kind: Portfolio
metadata: { name: bench, namespace: trading }
spec:
  baseCurrency: USD
  venue: { type: Paper, paper: { startingCash: "100000", takerFeeBps: 5, makerFeeBps: 2, latencyMs: 2 } }
  decision: { mode: Direct }
  riskPolicyRef: { name: bench }
---
apiVersion: flotilla.dev/v1alpha1
kind: SignalSource
metadata: { name: bench, namespace: trading }
spec:
  scheme: Replay
  replay: { datasets: [${DATASET}] }
  venue: coinbase
  instruments: [BTC-USD]
`;

function strategy(name: string): string {
  return `apiVersion: flotilla.dev/v1alpha1
kind: Strategy
metadata: { name: ${name}, namespace: trading }
spec:
  portfolioRef: { name: bench }
  agent: { builtIn: Momentum }
  parameters: { fastBars: 10, slowBars: 30, quantity: "1", allowShort: true }
  instruments: [BTC-USD]
  capital: { maxNotional: "5000" }
`;
}

async function apply(cluster: LocalCluster, manifest: string): Promise<void> {
  const { status, stderr } = await cluster.tryApply(manifest);
  if (status !== 0) throw new Error(stderr);
}

/** Starts the replay as a child process, so that it ends with this benchmark. */
function startReplay(cluster: LocalCluster): { stop(): void } {
  const main = join(import.meta.dirname, '../cli/main.ts');
  const args = [main, 'replay', DATASET, '--source', 'bench', '--speed', String(SIGNALS_PER_S)];
  const child = spawn(process.execPath, args, { env: { ...cluster.environment }, stdio: 'ignore' });
  return { stop: () => void child.kill('SIGINT') };
}

const cluster = await startLocalCluster(SLOT);
const tokenArguments = ['-n', 'trading', '--audience', BUS_TOKEN_AUDIENCE, '--duration', '1h'];
const token = await cluster.kubectl('create', 'token', READER_SERVICE_ACCOUNT, ...tokenArguments);
const login = tokenLogin(token.trim());
const bus = await openTestBus({ url: cluster.settings.natsUrl, login, apiPrefix: ACCOUNT_API_PREFIX });
try {
  await apply(cluster, BASE);
  for (const kind of ['portfolio', 'signalsource']) await cluster.condition(kind, 'bench', 'Ready', 'True');
  const replay = startReplay(cluster);
  const status = openBucket(bus, 'STATUS');
  const startMs: number[] = [];
  for (let run = 1; run <= RUNS; run += 1) {
    const name = `bench-${run}`;
    const appliedMs = Date.now();
    await apply(cluster, strategy(name));
    const firstSignalAt = await eventually(
      `${name} consumes a signal`,
      async () => {
        const entry = await status.get(keys.agentStatus('bench', name));
        return entry === undefined ? undefined : agentStatusSchema.parse(JSON.parse(Buffer.from(entry.value).toString())).firstSignalAt;
      },
      START_MS_MAX,
    );
    startMs.push(Date.parse(firstSignalAt) - appliedMs);
    bench.line(`run ${run}: ${round(startMs.at(-1) ?? 0)} ms`);
    await cluster.kubectl('delete', 'strategy', name, '-n', 'trading', '--wait=true');
  }
  replay.stop();
  bench.finish({ signalsPerS: SIGNALS_PER_S, startMs: spread(startMs) }, []);
} finally {
  await bus.close();
  await cluster.stop();
}
