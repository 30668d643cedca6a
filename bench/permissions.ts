/** Permissions of the bus: revocation and narrowing on a live connection, compile and push, connect, the signal path, reconnection, the prober. */
import { tokenLogin, userLogin } from '@flotilla/runtime/identity/login.ts';
import { accountClaims } from '@flotilla/runtime/identity/principal-account.ts';
import { beginBench, round } from './harness/report.ts';
import { median, percentile, spread } from './harness/statistics.ts';
import { agentMember, NAMESPACE, startInstallation } from './permissions/installation.ts';
import { startIssuing } from './permissions/issue-token.ts';
import { measureConnect } from './permissions/measure-connect.ts';
import { measureNarrowing } from './permissions/measure-narrowing.ts';
import { measurePath, startPathServers } from './permissions/measure-path.ts';
import { measureProbeRound } from './permissions/measure-probe-round.ts';
import { measureReconnect } from './permissions/measure-reconnect.ts';
import { measureRevocation, type Revocation } from './permissions/measure-revocation.ts';
import { startCallout } from './permissions/start-callout.ts';
import { startWholeOperator } from './permissions/whole-operator.ts';

const REVOCATIONS = 100;
const PRINCIPALS = 1_000;
const CONNECTS = 300;
const NARROWINGS = 100;
/** A Portfolio's exec, the gateway, the audit writer, readers, and agents. */
const PROBED = 100;
const AGENTS_PROBED = PROBED - 4;
/** As the chart starts them. */
const CALLOUTS = 2;
const ROUNDS = Number(process.env['FLOTILLA_BENCH_ROUNDS'] ?? '5');

const bench = beginBench(
  'permissions',
  `${REVOCATIONS} agents, each revoked while it publishes as fast as it can; ${NARROWINGS} changes of an AgentRole through the API server to a narrower one, under an agent that publishes; ` +
    `${PRINCIPALS} accounts compiled and pushed, each proven loaded; ${CONNECTS} connects by a token through the callout; ` +
    `publication with acknowledgement through an import against a server with one account, ${ROUNDS} rounds in turns; ` +
    `${PRINCIPALS} agents after a restart of the server, with claims of their own and by tokens through ${CALLOUTS} callouts; a round of the prober over ${PROBED} principals`,
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
const provenMs = performance.now() - pushedAtMs;
const pushMs = installation.lastPushAtMs() - pushedAtMs;
bench.line(
  `${PRINCIPALS} accounts: compile ${round(compileMs.median)} ms, push ${round(pushMs)} ms, records written and each account proven loaded ${round(provenMs)} ms`,
);
const reconnectS = await measureReconnect(installation, strategies, (strategy) =>
  userLogin(installation.login(agentMember(strategy).principal)),
);
bench.line(`${PRINCIPALS} agents with claims of their own trade again ${round(reconnectS)} s after a restart of the server`);
await installation.stop();

const admitting = await startInstallation({ callout: true });
await admitting.pusher.converge(members);
const tokenOf = await startIssuing(admitting);
const stopCallouts = [];
for (let index = 0; index < CALLOUTS; index += 1) stopCallouts.push(await startCallout(admitting));
const connects = await measureConnect(admitting, tokenOf(agentMember('s-0').serviceAccount), CONNECTS);
bench.line(`connect by token p50 ${round(median(connects))}, p99 ${round(percentile(connects, 99))} ms`);
const tokens = new Map(strategies.map((strategy) => [strategy, tokenOf(agentMember(strategy).serviceAccount)]));
const admittedS = await measureReconnect(admitting, strategies, (strategy) => tokenLogin(tokens.get(strategy) ?? ''));
bench.line(`${PRINCIPALS} agents that show tokens to ${CALLOUTS} callouts trade again ${round(admittedS)} s after a restart of the server`);
for (const stop of stopCallouts) stop();
await admitting.stop();

const operator = await startWholeOperator(AGENTS_PROBED - 1);
const probing = await measureProbeRound(operator, PROBED);
bench.line(
  `a round of the prober over ${PROBED} principals takes ${round(probing.durationS)} s; the operator takes ${round(probing.coreShare * 100)} % of a core meanwhile, and ${round(probing.idleShare * 100)} % before`,
);
const narrowings = await measureNarrowing(operator, NARROWINGS);
bench.line(
  `apply of a narrower role → last stored publication p50 ${round(median(narrowings))}, p99 ${round(percentile(narrowings, 99))} ms`,
);
await operator.stop();

const results = {
  lastStoredMs: { p50: median(lastStored), p99: percentile(lastStored, 99) },
  closedMs: { p50: median(closed), p99: percentile(closed, 99) },
  narrowedMs: { p50: median(narrowings), p99: percentile(narrowings, 99) },
  pathRatio: ratio,
  compileMs,
  pushMs,
  provenMs,
  reconnectS,
  admittedS,
  connectMs: { p50: median(connects), p99: percentile(connects, 99) },
  probing,
};
bench.finish(results, [
  { what: 'revoke → connection closed p50', found: results.closedMs.p50, bound: 5, sense: 'at most', unit: 'ms' },
  { what: 'revoke → connection closed p99', found: results.closedMs.p99, bound: 50, sense: 'at most', unit: 'ms' },
  { what: 'revoke → last stored publication p50', found: results.lastStoredMs.p50, bound: 5, sense: 'at most', unit: 'ms' },
  { what: 'revoke → last stored publication p99', found: results.lastStoredMs.p99, bound: 50, sense: 'at most', unit: 'ms' },
  {
    what: 'apply of a narrower role → last stored publication p99',
    found: results.narrowedMs.p99,
    bound: 1_000,
    sense: 'at most',
    unit: 'ms',
  },
  { what: 'cost on the signal path p50', found: ratio.median, bound: 1.15, sense: 'at most', unit: '×' },
  { what: 'compile of 1,000 principals', found: compileMs.median, bound: 200, sense: 'at most', unit: 'ms' },
  { what: 'push of 1,000 principals', found: pushMs, bound: 1_000, sense: 'at most', unit: 'ms' },
  { what: '1,000 agents trade again after a restart', found: reconnectS, bound: 10, sense: 'at most', unit: 's' },
  { what: '1,000 agents that show tokens trade again', found: admittedS, bound: 10, sense: 'at most', unit: 's' },
  { what: 'connect p50', found: results.connectMs.p50, bound: 5, sense: 'at most', unit: 'ms' },
  { what: `probe of ${PROBED} principals`, found: probing.durationS, bound: 30, sense: 'at most', unit: 's' },
  { what: 'CPU during that probe', found: probing.coreShare * 100, bound: 10, sense: 'at most', unit: '% of a core' },
]);
