/** Permissions of the bus: revocation on a live connection, compile and push of many accounts, connect, cost on the signal path, reconnection. */
import { accountClaims } from '@flotilla/runtime/identity/principal-account.ts';
import { beginBench, round } from './harness/report.ts';
import { median, percentile, spread } from './harness/statistics.ts';
import { agentMember, NAMESPACE, startInstallation } from './permissions/installation.ts';
import { measureConnect } from './permissions/measure-connect.ts';
import { measurePath, startPathServers } from './permissions/measure-path.ts';
import { measureReconnect } from './permissions/measure-reconnect.ts';
import { measureRevocation, type Revocation } from './permissions/measure-revocation.ts';

const REVOCATIONS = 100;
const PRINCIPALS = 1_000;
const CONNECTS = 300;
const ROUNDS = Number(process.env['FLOTILLA_BENCH_ROUNDS'] ?? '5');

const bench = beginBench(
  'permissions',
  `${REVOCATIONS} agents, each revoked while it publishes as fast as it can; ${PRINCIPALS} accounts compiled and pushed, each proven loaded; ` +
    `${CONNECTS} connects by a token through the callout; publication with acknowledgement through an import against a server with one account, ` +
    `${ROUNDS} rounds in turns; ${PRINCIPALS} agents after a restart of the server`,
);

const installation = await startInstallation();
const revocations: Revocation[] = [];
for (let index = 0; index < REVOCATIONS; index += 1) revocations.push(await measureRevocation(installation, `revoked-${index}`));
const lastStored = revocations.map(({ lastStoredMs }) => lastStoredMs);
const closed = revocations.map(({ closedMs }) => closedMs);
bench.line(
  `revoke → last stored publication p50 ${round(median(lastStored))}, p99 ${round(percentile(lastStored, 99))} ms; ` +
    `→ connection closed p50 ${round(median(closed))}, p99 ${round(percentile(closed, 99))} ms`,
);

const path = await startPathServers(installation);
const costs = [];
for (let index = 0; index < ROUNDS; index += 1) costs.push(await measurePath(path));
await path.stop();
const ratio = spread(costs.map((cost) => cost.ratio));
bench.line(`publication p50 through an import ${costs.map((cost) => `${round(cost.accountsP50)}/${round(cost.floorP50)}`).join(', ')} ms`);

const strategies = Array.from({ length: PRINCIPALS }, (_, index) => `s-${index}`);
const members = strategies.map(agentMember);
const compileMs = spread(
  Array.from({ length: ROUNDS }, () => {
    const startedMs = performance.now();
    accountClaims(
      NAMESPACE,
      members.map(({ principal }) => principal),
      installation.server.identity.keys.operator,
    );
    return performance.now() - startedMs;
  }),
);
const pushedAtMs = performance.now();
await installation.pusher.converge(members);
const pushMs = performance.now() - pushedAtMs;
bench.line(`${PRINCIPALS} accounts: compile ${round(compileMs.median)} ms, push with proof and records ${round(pushMs)} ms`);
const reconnectS = await measureReconnect(installation, strategies);
bench.line(`${PRINCIPALS} agents trade again ${round(reconnectS)} s after a restart of the server`);
await installation.stop();

const admitting = await startInstallation({ callout: true });
const connects = await measureConnect(admitting, 'connecting', CONNECTS);
await admitting.stop();
bench.line(`connect by token p50 ${round(median(connects))}, p99 ${round(percentile(connects, 99))} ms`);

const results = {
  lastStoredMs: { p50: median(lastStored), p99: percentile(lastStored, 99) },
  closedMs: { p50: median(closed), p99: percentile(closed, 99) },
  pathRatio: ratio,
  compileMs,
  pushMs,
  reconnectS,
  connectMs: { p50: median(connects), p99: percentile(connects, 99) },
};
bench.finish(results, [
  { what: 'revoke → connection closed p50', found: results.closedMs.p50, bound: 5, sense: 'at most', unit: 'ms' },
  { what: 'revoke → connection closed p99', found: results.closedMs.p99, bound: 50, sense: 'at most', unit: 'ms' },
  { what: 'revoke → last stored publication p50', found: results.lastStoredMs.p50, bound: 5, sense: 'at most', unit: 'ms' },
  { what: 'revoke → last stored publication p99', found: results.lastStoredMs.p99, bound: 50, sense: 'at most', unit: 'ms' },
  { what: 'cost on the signal path p50', found: ratio.median, bound: 1.15, sense: 'at most', unit: '×' },
  { what: 'compile of 1,000 principals', found: compileMs.median, bound: 200, sense: 'at most', unit: 'ms' },
  { what: 'push of 1,000 principals', found: pushMs, bound: 1_000, sense: 'at most', unit: 'ms' },
  { what: '1,000 agents trade again after a restart', found: reconnectS, bound: 10, sense: 'at most', unit: 's' },
  { what: 'connect p50', found: results.connectMs.p50, bound: 5, sense: 'at most', unit: 'ms' },
]);
