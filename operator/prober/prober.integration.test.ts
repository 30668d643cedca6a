/** The prober on a real nats-server: silent where the walls stand, and loud where one is missing. The state of the server shows that no probe lands. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compileRole } from '@flotilla/contracts/access/compile-role.ts';
import { accountHash, subjectInAccount } from '@flotilla/contracts/access/core-account.ts';
import { permissionMatrix } from '@flotilla/contracts/access/permission-matrix.ts';
import { type Principal, principalName } from '@flotilla/contracts/access/principal.ts';
import { FIXED_PRINCIPALS } from '@flotilla/runtime/testing/fixed-principals.ts';
import { STREAMS, type StreamName } from '@flotilla/contracts/bus/streams.ts';
import { agentConsumer, auditConsumer, execConsumer, normaliserConsumer } from '@flotilla/contracts/bus/consumers.ts';
import { BUCKETS, type BucketName } from '@flotilla/contracts/bus/buckets.ts';
import { openConnection } from '@flotilla/runtime/bus/connection.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { userLogin } from '@flotilla/runtime/identity/login.ts';
import { ensureConsumer } from '@flotilla/runtime/provision/ensure-consumer.ts';
import { ensureBucket, ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openTestSystemAccount, type TestSystemAccount } from '@flotilla/runtime/testing/open-system-account.ts';
import { openTestBus, testLogger } from '@flotilla/runtime/testing/open-test-bus.ts';
import { probeCells } from './cells.ts';
import { makeProbeAccount, type ProbeAccount } from './probe-account.ts';
import { type Cell, type ProbeCells, tryCells } from '@flotilla/runtime/identity/try-cells.ts';

const AGENT = { role: 'SignalAgent', portfolio: 'main', strategy: 'a' } as const;
const EVERYBODY: readonly Principal[] = [
  ...FIXED_PRINCIPALS,
  { role: 'Exec', portfolio: 'main' },
  { role: 'Exec', portfolio: 'other' },
  AGENT,
  { role: 'SignalAgent', portfolio: 'main', strategy: 'b' },
  { role: 'SignalAgent', portfolio: 'main', strategy: 'q', publications: 'Quarantine' },
  { role: 'SignalAgent', portfolio: 'main', strategy: 'n', publications: 'Nothing' },
  { role: 'SignalAgent', portfolio: 'main', strategy: 'p', publications: 'Proposals' },
  { role: 'Person', person: 'alice', personRole: 'Reader' },
  { role: 'Person', person: 'bob', personRole: 'Replayer' },
];

let server: NatsServer;
let bus: NatsBus;
let accounts: TestSystemAccount;
let account: ProbeAccount;

before(async () => {
  server = await startNatsServer();
  bus = await openTestBus(server);
  for (const stream of Object.keys(STREAMS) as StreamName[]) {
    await ensureStream(bus, STREAMS[stream], { replicas: 1 });
    await ensureConsumer(bus, auditConsumer(stream));
  }
  for (const bucket of Object.keys(BUCKETS) as BucketName[]) await ensureBucket(bus, bucket, { replicas: 1 });
  await ensureConsumer(bus, normaliserConsumer());
  for (const strategy of ['a', 'b', 'q', 'n', 'p']) await ensureConsumer(bus, agentConsumer('main', strategy, ['BTC-USD']));
  for (const portfolio of ['main', 'other']) await ensureConsumer(bus, execConsumer(portfolio));
  // A server waits two seconds for an account that it does not know and that another imports from.
  for (const principal of EVERYBODY) await server.identity.login(principal);
  accounts = openTestSystemAccount(server);
  await eventually('the system account connects', () => accounts.system.problem() === undefined);
  const { operator: identity } = server.identity.keys;
  account = makeProbeAccount({
    namespace: 'trading',
    identity,
    system: accounts.system,
    urls: [server.url],
    fence: () => undefined,
    clock: systemClock,
    rng: systemRng,
  });
});
after(async () => {
  await accounts.close();
  await bus.close();
  await server.stop();
});

for (const principal of EVERYBODY) {
  test(`${principalName(principal)}: is denied every forbidden cell, is answered on every allowed one, and leaves no trace`, async () => {
    const before = await state();
    const { cells, tried, coverage } = await account.probe(principal, EVERYBODY);
    assert.deepEqual(coverage, { tried: 1, running: 1 });
    assert.ok(cells.hearing.forbidden.length > 5, `expected several subjects to hear, found ${cells.hearing.forbidden.length}`);
    assert.ok(cells.forbidden.length > 90, `expected a hundred forbidden cells, found ${cells.forbidden.length}`);
    assert.deepEqual(tried, { leaks: [], unanswered: [] });
    assert.deepEqual(await state(), before);
  });
}

test('known bad: with every right of the core account each forbidden cell but those of the system account is a leak, and nothing changes', async () => {
  const before = await state();
  const cells = probeCells(AGENT, EVERYBODY, accountHash(server.identity.keys.operator.core));
  // The core account has no other names for JetStream's API.
  const inCore = { ...cells, forbidden: cells.forbidden.map((cell) => ({ ...cell, sentOn: cell.subject })) };
  const { leaks } = await tryAs(server.identity.adminLogin, inCore);
  const missed = cells.forbidden.map(({ subject }) => subject).filter((subject) => !leaks.includes(subject));
  assert.deepEqual(missed, ['$SYS.REQ.CLAIMS.UPDATE', '$SYS.REQ.SERVER.PING']);
  assert.deepEqual(await state(), before);
});

test('known bad: in the account of another agent the leaks are the rights of that agent', async () => {
  const cells = probeCells(AGENT, EVERYBODY, accountHash(server.identity.keys.operator.core));
  const other: Principal = { role: 'SignalAgent', portfolio: 'main', strategy: 'b' };
  const { leaks, unanswered } = await tryAs(userLogin(await server.identity.login(other)), cells);
  assert.ok(leaks.includes('decisions.order_intent.main.b'), leaks.join(' '));
  assert.ok(leaks.includes('$JS.API.CONSUMER.RESET.SIGNALS.agent-main_b'), leaks.join(' '));
  assert.ok(unanswered.includes('decisions.order_intent.main.a'), unanswered.join(' '));
});

test('known bad: decisions that an AgentRole takes away are a leak in an account that still has them', async () => {
  const narrowed: Principal = { ...AGENT, publications: 'Nothing' };
  const cells = probeCells(narrowed, EVERYBODY, accountHash(server.identity.keys.operator.core));
  const { leaks } = await tryAs(userLogin(await server.identity.login(AGENT)), cells);
  assert.deepEqual(leaks, ['decisions.order_intent.main.a']);
});

test('known bad: intents that an AgentRole takes away beside proposals are a leak in an account that still has them', async () => {
  const proposing: Principal = { ...AGENT, publications: 'Proposals' };
  const cells = probeCells(proposing, EVERYBODY, accountHash(server.identity.keys.operator.core));
  const { leaks, unanswered } = await tryAs(userLogin(await server.identity.login(AGENT)), cells);
  assert.deepEqual([leaks, unanswered], [['decisions.order_intent.main.a'], ['decisions.proposal.main.a.probe']]);
});

for (const principal of EVERYBODY) {
  test(`flotilla permissions, ${principalName(principal)}: the server denies what the table denies`, async () => {
    const { allowed } = probeCells(principal, EVERYBODY, coreHash());
    const forbidden = tableDenials(principal);
    assert.ok(forbidden.length > 15, `expected many denials, found ${forbidden.length}`);
    const before = await state();
    assert.deepEqual(await tryAs(userLogin(await server.identity.login(principal)), { forbidden, allowed }), { leaks: [], unanswered: [] });
    assert.deepEqual(await state(), before);
  });
}

test('flotilla permissions, known bad: the denials of an agent are found in the account of an exec', async () => {
  const login = userLogin(await server.identity.login({ role: 'Exec', portfolio: 'main' }));
  const { leaks } = await tryAs(login, { forbidden: tableDenials(AGENT), allowed: [] });
  for (const subject of ['executions.fill.main.a', '$KV.STATUS.exec.main.report']) assert.ok(leaks.includes(subject), leaks.join(' '));
});

test('probeCells: tries a bounded part of the rights of a large fleet, and another part for another principal', () => {
  const fleet = Array.from({ length: 1_000 }, (_, index): Principal => ({
    role: 'SignalAgent',
    portfolio: 'main',
    strategy: `s-${index}`,
  }));
  const victims = (strategy: string): readonly string[] =>
    probeCells({ ...AGENT, strategy }, fleet, 'hash').forbidden.map(({ subject }) => subject);
  assert.ok(victims('s-1').length < 300, String(victims('s-1').length));
  assert.notDeepEqual(victims('s-1'), victims('s-2'));
});

/** The denials at the bus of `flotilla permissions`, as cells. */
function tableDenials(principal: Principal): readonly Cell[] {
  const compiled = compileRole(undefined, principal);
  return permissionMatrix(compiled, compiled, undefined)
    .filter(({ probedAt, may, verdict }) => probedAt === 'bus' && may !== 'hears' && verdict === 'denied')
    .map(({ on }) => on.replaceAll('<other>', 'foreign').replace('<hash>', coreHash()))
    .map((subject) => {
      const kind = subject.startsWith('$JS.ACK.') ? 'acknowledge' : /^\$(?:JS|SYS)\./.test(subject) ? 'request' : 'store';
      return { subject, sentOn: subjectInAccount(subject), kind };
    });
}

function coreHash(): string {
  return accountHash(server.identity.keys.operator.core);
}

async function tryAs(login: ReturnType<typeof userLogin>, cells: Pick<ProbeCells, 'forbidden' | 'allowed'>) {
  const connection = openConnection({ url: server.url, name: 'probe', login, clock: systemClock, logger: testLogger() });
  await eventually('the probe connects', () => connection.connected());
  try {
    return await tryCells(connection, cells);
  } finally {
    await connection.close();
  }
}

/** Everything that a probe could have changed. */
async function state(): Promise<unknown> {
  const { streams } = await bus.callApi<{
    readonly streams: readonly { readonly config: { readonly name: string }; readonly state: object }[];
  }>('STREAM.LIST', {});
  const consumers = await Promise.all(
    streams.map(({ config }) =>
      bus.callApi<{
        readonly consumers: readonly { readonly name: string; readonly delivered: object; readonly ack_floor: object }[] | null;
      }>(`CONSUMER.LIST.${config.name}`, {}),
    ),
  );
  return {
    streams: streams.map(({ config, state: each }) => [config, each]),
    consumers: consumers.flatMap((answer) => answer.consumers ?? []).map(({ name, delivered, ack_floor }) => [name, delivered, ack_floor]),
  };
}
