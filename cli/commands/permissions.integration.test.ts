/** `flotilla permissions`, as a user runs it, against a real API server. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import type { PermissionCell } from '@flotilla/contracts/access/permission-matrix.ts';
import { RESOURCES } from '@flotilla/contracts/resources/catalogue.ts';
import { customResourceDefinition } from '@flotilla/crds/generate.ts';
import { startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { findBinary } from '@flotilla/runtime/testing/find-binary.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const COMMAND = join(ROOT, 'cli', 'bin', 'flotilla.js');
const EXAMPLES = join(ROOT, 'examples', '01-first-fill');
const PROVEN_AT = '2026-11-29T12:00:00Z';
const TRIED_AT = '2026-11-03T10:05:00Z';
const ASKED_AT = '2026-11-01T10:05:00Z';

let api: TestApiServer;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
interface Shown {
  readonly principal: string;
  readonly role: string | null;
  readonly refusal: string | null;
  readonly permissions: readonly (Omit<PermissionCell, 'probedAt'> & { readonly lastProven: string | null })[];
}

before(async () => {
  api = await startTestApiServer();
  for (const resource of RESOURCES) await kubectl(['create', '-f', '-'], JSON.stringify(customResourceDefinition(resource)));
  await kubectl(['wait', '--for=condition=Established', 'customresourcedefinitions', '--all', '--timeout=30s']);
  await kubectl(['create', 'namespace', 'trading']);
  await kubectl(['apply', '--validate=strict', '-f', join(EXAMPLES, 'fleet.yaml')]);
  await kubectl(['apply', '--validate=strict', '-f', join(EXAMPLES, 'agent-role.yaml')]);
});
after(() => api.stop());

test('flotilla permissions: shows what an agent may do, and the denials that matter', async () => {
  const { code, stdout } = await flotilla('permissions', 'btc-momentum');
  assert.equal(code, 0);
  assert.match(stdout, /^PLANE +MAY +ON +VERDICT +BY RULE +ENFORCED BY +LAST PROVEN/);
  const line = (text: string): string => stdout.split('\n').find((one) => one.includes(text)) ?? assert.fail(`no line with ${text}`);
  assert.match(line(' decisions.*.main.btc-momentum'), /publishes .* allowed +built-in SignalAgent +its account at the bus +-$/);
  assert.match(line('$KV.CONTROL.halt.main'), /writes the halt record .* denied /);
  assert.match(line('$KV.CONFIG.exec.main'), / denied /);
  assert.match(line('decisions.order_intent.main.<other>'), / denied /);
  assert.match(line('$JS.API.STREAM.DELETE.EXECUTIONS'), / denied /);
  assert.match(line('$KV.CHECKPOINTS.main.<other>.state'), /writes the checkpoint of another agent .* denied /);
  assert.match(stdout, /^store +connects +\* +denied /m);
  assert.match(line('calls the API server'), /^kubernetes .* denied .* audience/);
  assert.match(line('every other address'), /^network .* denied .* NetworkPolicy/);
});

test('flotilla permissions: says by which AgentRole a right is gone, for people and programs', async () => {
  const shown = await permissions('btc-newcomer');
  assert.deepEqual([shown.principal, shown.role, shown.refusal], ['agent-main_btc-newcomer', 'on-probation', null]);
  const cell = (on: string) => shown.permissions.find((one) => one.on === on) ?? assert.fail(`no cell for ${on}`);
  const rule = 'AgentRole on-probation';
  const verdictOf = ({ verdict, rule: by }: { readonly verdict: string; readonly rule: string }) => [verdict, by];
  assert.deepEqual(verdictOf(cell('quarantine.agent-main_btc-newcomer.decisions.*.main.btc-newcomer')), ['allowed', rule]);
  assert.deepEqual(verdictOf(cell('decisions.*.main.btc-newcomer')), ['denied', rule]);
  assert.deepEqual(verdictOf(cell('signals.normalized.coinbase.BTC-USD')), ['allowed', rule]);
  assert.deepEqual(verdictOf(cell('signals.normalized.<other>.BTC-USD')), ['denied', rule]);
  assert.deepEqual(verdictOf(cell('203.0.113.7/32 port 443')), ['allowed', rule]);
  assert.deepEqual(verdictOf(cell('$KV.CONTROL.halt.main')), ['denied', 'built-in SignalAgent']);
});

test('flotilla permissions: says when the prober has last tried the bus, what is heard there too, when the API server was asked, when the pod tried its network, and nothing about what it does not try', async () => {
  const apiServer = { forbiddenCount: 100, leakCount: 0, provenAt: ASKED_AT };
  const network = { state: 'Holds', denied: ['apiServer', 'store'], message: 'nothing reached', provenAt: TRIED_AT };
  const status = { permissions: { forbiddenCount: 40, allowedCount: 9, leakCount: 0, provenAt: PROVEN_AT, apiServer, network } };
  await patchStatus('btc-momentum', status);
  const { permissions: cells } = await permissions('btc-momentum');
  const provenOf = (on: string) => cells.find((one) => one.on === on)?.lastProven;
  assert.equal(provenOf('$KV.CONTROL.halt.main'), PROVEN_AT);
  assert.equal(provenOf('push.executions.fill.main.btc-momentum'), PROVEN_AT);
  assert.equal(provenOf('pods/exec'), ASKED_AT);
  assert.deepEqual(['NATS', 'API server', 'Redis'].map(provenOf), [TRIED_AT, TRIED_AT, TRIED_AT]);
  assert.deepEqual(['webhooks of the gateway', 'every other address'].map(provenOf), [null, null]);
  await patchStatus('btc-momentum', { permissions: { ...status.permissions, leakCount: 2, apiServer: { ...apiServer, leakCount: 3 } } });
  const { stdout, stderr } = await flotilla('permissions', 'btc-momentum');
  assert.match(stderr, /reached 2 forbidden subjects.*\n.*would allow 3 forbidden requests/);
  assert.ok(!stdout.includes(PROVEN_AT) && !stdout.includes(ASKED_AT));
});

test('flotilla permissions: says what the pod reached, and when nothing enforces NetworkPolicies', async () => {
  const proven = { forbiddenCount: 40, allowedCount: 9, leakCount: 0, provenAt: PROVEN_AT };
  const leaking = { state: 'Leaks', denied: ['apiServer'], reached: ['store'], message: 'reached', provenAt: TRIED_AT };
  await patchStatus('btc-momentum', { permissions: { ...proven, network: leaking } });
  const leak = await flotilla('permissions', 'btc-momentum');
  assert.match(leak.stderr, /The pod reached forbidden addresses: store: see the condition/);
  assert.ok(!leak.stdout.includes(TRIED_AT));
  const network = { state: 'NotEnforced', message: 'nothing enforces NetworkPolicies here', denied: null, reached: null, provenAt: null };
  await patchStatus('btc-momentum', { permissions: { ...proven, network } });
  assert.match((await flotilla('permissions', 'btc-momentum')).stderr, /Network: nothing enforces NetworkPolicies here/);
});

test('flotilla permissions: a role that is missing takes the decisions away', async () => {
  await kubectl(['delete', 'agentroles.flotilla.dev', 'on-probation', '--namespace', 'trading']);
  const shown = await permissions('btc-newcomer');
  assert.match(shown.refusal ?? '', /no AgentRole on-probation in this namespace/);
  const allowed = shown.permissions.filter(({ verdict }) => verdict === 'allowed').map(({ on }) => on);
  assert.deepEqual(
    allowed.filter((on) => on.includes('decisions') || on.startsWith('signals.')),
    [],
  );
  const { stderr } = await flotilla('permissions', 'btc-newcomer');
  assert.match(stderr, /No agent runs: .*no AgentRole on-probation/);
});

test('flotilla permissions: shows exec, gateway, normaliser, audit writer and readers', async () => {
  for (const [name, principal, subject] of [
    ['exec/main', 'exec-main', 'executions.*.main.*'],
    ['gateway', 'gateway', 'signals.raw.*'],
    ['normaliser', 'normaliser', 'signals.normalized.*.*'],
    ['audit', 'audit', '$JS.API.CONSUMER.MSG.NEXT.QUARANTINE.audit'],
    ['reader', 'reader', '$JS.API.DIRECT.GET.EXECUTIONS'],
  ] as const) {
    const { stdout } = await flotilla('permissions', '--principal', name, '--output', 'json');
    const shown = JSON.parse(stdout) as Shown;
    assert.equal(shown.principal, principal);
    assert.ok(
      shown.permissions.some(({ on, verdict }) => on === subject && verdict === 'allowed'),
      `${name}: ${subject}`,
    );
    assert.ok(
      shown.permissions.some(({ may, verdict }) => may === 'writes the halt record' && verdict === 'denied'),
      name,
    );
  }
});

test('flotilla permissions: names the nearest Strategy of a misspelt one, and all of them otherwise', async () => {
  const misspelt = await flotilla('permissions', 'btc-momentun');
  assert.deepEqual([misspelt.code, misspelt.stdout], [1, '']);
  assert.match(misspelt.stderr, /no Strategy btc-momentun in namespace trading\n +Did you mean btc-momentum\?/);
  const unknown = await flotilla('permissions', 'something-else');
  assert.match(unknown.stderr, /The namespace has: btc-momentum, btc-newcomer, desk-alerts\./);
});

test('flotilla permissions: refuses a wrong command line', async () => {
  for (const [args, message] of [
    [[], /expected the name of a Strategy, or --principal/],
    [['btc-momentum', '--principal', 'gateway'], /expected the name of a Strategy, or --principal/],
    [
      ['--principal', 'operator'],
      /expected --principal exec\/<portfolio>, person\/<name>, gateway, normaliser, audit, reader, found operator/,
    ],
  ] as const) {
    const { code, stderr } = await flotilla('permissions', ...args);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
  assert.equal((await flotilla('permissions', '--principal', 'exec/maine')).code, 1);
});

async function permissions(strategy: string): Promise<Shown> {
  const { code, stdout, stderr } = await flotilla('permissions', strategy, '--output', 'json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Shown;
}

function patchStatus(strategy: string, status: object): Promise<string> {
  const patch = JSON.stringify({ status });
  return kubectl([
    'patch',
    'strategies.flotilla.dev',
    strategy,
    '--namespace',
    'trading',
    '--subresource=status',
    '--type=merge',
    '--patch',
    patch,
  ]);
}

function flotilla(...args: readonly string[]): Promise<Ended> {
  return run(process.execPath, [COMMAND, ...args]);
}

async function kubectl(args: readonly string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await run(findBinary('kubectl'), args, input);
  assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

function run(program: string, args: readonly string[], input = ''): Promise<Ended> {
  return new Promise((done) => {
    const env = { PATH: process.env['PATH'], KUBECONFIG: api.kubeconfigPath, FLOTILLA_KUBECTL: findBinary('kubectl') };
    const child = execFile(program, [...args], { env, cwd: '/' }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
    child.stdin?.end(input);
  });
}
