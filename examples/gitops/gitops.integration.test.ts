/** Every manifest of the example before a real API server, with our definitions and the real ones of Flux and Argo CD. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { foreignKinds } from '@flotilla/charts/testing/foreign-kinds.ts';
import { binaryPath } from '@flotilla/local/testing/binary-path.ts';
import { type ProgramOutcome, tryProgram } from '@flotilla/local/processes/run-program.ts';
import { startTestApiServer, type TestApiServer } from '@flotilla/kube/testing/api-server.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { kustomize, type Manifest, manifestsOf, OVERLAYS } from './testing/kustomize.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FOREIGN = ['argo-application', 'argo-app-project', 'flux-kustomization', 'flux-git-repository', 'flux-helm-release'] as const;

let server: TestApiServer;
const kubectl = (args: readonly string[], input = ''): Promise<ProgramOutcome> =>
  tryProgram([binaryPath('kubectl'), '--kubeconfig', server.kubeconfigPath, ...args], { input });

async function mustApply(text: string): Promise<void> {
  const { code, stderr } = await kubectl(['apply', '--server-side', '-f', '-'], text);
  assert.equal(code, 0, stderr);
}

before(async () => {
  server = await startTestApiServer();
  const definitions = readdirSync(join(ROOT, 'crds', 'generated')).map((name) =>
    readFileSync(join(ROOT, 'crds', 'generated', name), 'utf8'),
  );
  const roles = readFileSync(join(ROOT, 'charts', 'flotilla-crds', 'templates', 'people-roles.yaml'), 'utf8');
  await mustApply([...definitions, roles].join('---\n'));
  await mustApply(foreignKinds(FOREIGN));
  for (const name of ['flux-system', 'argocd']) await kubectl(['create', 'namespace', name]);
  await eventually('every kind is served', async () => {
    const { stdout } = await kubectl(['api-resources', '-o', 'name']);
    return ['strategies.flotilla.dev', 'applications.argoproj.io', 'kustomizations.kustomize', 'helmreleases.helm'].every((name) =>
      stdout.includes(name),
    );
  });
  await mustApply(kustomize('platform/tenants'));
});
after(() => server.stop());

for (const overlay of OVERLAYS) {
  test(`${overlay}: is taken by the API server, field by field and without a warning`, async () => {
    const { code, stdout, stderr } = await kubectl(
      ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'],
      kustomize(overlay),
    );
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '');
    assert.equal(stdout.trim().split('\n').length, manifestsOf(overlay).length);
  });
}

test('API server: refuses an overlay with a field that no kind has, so that the tests above can fail', async () => {
  const wrong = kustomize('trading/prod').replace('desiredState:', 'desiredSate:');
  const { code } = await kubectl(['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'], wrong);
  assert.notEqual(code, 0);
});

const ACCOUNT = 'system:serviceaccount:trading:trading-team';
const asTeam = ['apply', '--server-side', '--dry-run=server', '--as', ACCOUNT, '-f', '-'] as const;

test('trading team: may apply what lies in its folder, with its own account', async () => {
  const { code, stderr } = await kubectl(asTeam, kustomize('trading/prod'));
  assert.equal(code, 0, stderr);
});

test('trading team: may change no limits and no account', async () => {
  const { code, stderr } = await kubectl(asTeam, kustomize('platform/accounts/prod'));
  assert.notEqual(code, 0);
  assert.match(stderr, /forbidden/i);
});

const KILL_SWITCH = JSON.stringify({
  apiVersion: 'flotilla.dev/v1alpha1',
  kind: 'KillSwitch',
  metadata: { name: 'from-git' },
  spec: { scope: { type: 'All' }, reason: 'lies in Git' },
});

test('halts-by-people: lets people halt, and refuses the tools that follow Git, whatever their rights', async () => {
  await mustApply(kustomize('platform/guards'));
  const asTool = (group: string): Promise<ProgramOutcome> => {
    const as = [
      '--as',
      `system:serviceaccount:${group}:x`,
      '--as-group',
      'system:masters',
      '--as-group',
      `system:serviceaccounts:${group}`,
    ];
    return kubectl(['create', '--dry-run=server', ...as, '-f', '-'], KILL_SWITCH);
  };
  await eventually('the policy bites', async () => (await asTool('argocd')).code !== 0);
  for (const group of ['argocd', 'flux-system']) assert.match((await asTool(group)).stderr, /created and deleted by people/);
  const onCall = ['--as', 'alice', '--as-group', 'trading-on-call', '--as-group', 'system:authenticated'];
  const { code, stderr } = await kubectl(['create', '--dry-run=server', ...onCall, '-f', '-'], KILL_SWITCH);
  assert.equal(code, 0, stderr);
});

test('people: on call halts, and the risk team releases', async () => {
  const as = (group: string): readonly string[] => ['--as', 'alice', '--as-group', group, '--as-group', 'system:authenticated'];
  assert.equal((await kubectl(['create', ...as('trading-on-call'), '-f', '-'], KILL_SWITCH)).code, 0);
  const remove = (group: string): Promise<ProgramOutcome> => kubectl(['delete', 'killswitch', 'from-git', ...as(group)]);
  assert.match((await remove('trading-on-call')).stderr, /forbidden/);
  const { code, stderr } = await remove('trading-risk');
  assert.equal(code, 0, stderr);
});

test('trading overlays: hold nothing but what the Argo CD project of the trading team permits', () => {
  const project = manifestsOf('argocd').find(({ kind, metadata }) => kind === 'AppProject' && metadata.name === 'flotilla-trading');
  const whitelist = (project?.spec?.['namespaceResourceWhitelist'] ?? []) as readonly { readonly kind: string }[];
  const permitted = whitelist.map(({ kind }) => kind);
  for (const overlay of ['trading/dev', 'trading/prod'] as const) {
    for (const { kind } of manifestsOf(overlay)) assert.ok(permitted.includes(kind), `${overlay}: ${kind}`);
  }
});

test('overlays: refer to what another overlay of the same namespace brings', () => {
  for (const stage of ['dev', 'prod'] as const) {
    const accounts = manifestsOf(`platform/accounts/${stage}`);
    const has = (kind: string, name: unknown, namespace: string | undefined): boolean =>
      accounts.some((one) => one.kind === kind && one.metadata.name === name && one.metadata.namespace === namespace);
    for (const { kind, metadata, spec } of [...accounts, ...manifestsOf(`trading/${stage}`)]) {
      const references = { Portfolio: nameIn(spec, 'portfolioRef'), RiskPolicy: nameIn(spec, 'riskPolicyRef') };
      for (const [target, name] of Object.entries(references)) {
        assert.ok(
          name === undefined || has(target, name, metadata.namespace),
          `${kind} ${metadata.name} of ${stage}: ${target} ${String(name)}`,
        );
      }
    }
  }
});

test('Flux and Argo CD: point at folders that exist', () => {
  const paths = [...manifestsOf('flux'), ...manifestsOf('argocd')].flatMap(pathsOf);
  assert.ok(paths.length >= 8, paths.join(', '));
  for (const path of paths) assert.ok(existsSync(join(ROOT, path)), path);
});

function pathsOf({ spec }: Manifest): readonly string[] {
  const chart = (spec?.['chart'] as { readonly spec?: { readonly chart?: string } } | undefined)?.spec?.chart;
  const source = (spec?.['source'] as { readonly path?: string } | undefined)?.path;
  return [spec?.['path'], chart, source].filter((path): path is string => typeof path === 'string');
}

function nameIn(spec: Manifest['spec'], field: string): string | undefined {
  return (spec?.[field] as { readonly name?: string } | undefined)?.name;
}
