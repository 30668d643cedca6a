/** The charts on a real node: install, policies, the first fill, an upgrade, a second namespace, a halt, an uninstall. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { chartTools } from '@flotilla/charts/testing/chart-tools.ts';
import type { KillSwitchStatus } from '@flotilla/contracts/resources/kill-switch.ts';
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import { binaryPath } from '@flotilla/local/testing/binary-path.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { clusterCommands, createWebhookSecret } from '../e2e/cluster-commands.ts';
import { chartFolder, earlierChart, helmFor, installValues } from './helm.ts';
import { openPage } from './how-to-page.ts';
import { describeNamespace, flotillaPods } from './pods.ts';
import { type NetworkAgreement, networkAgreement } from './network-agreement.ts';
import { NETWORK_TOLD_MS_MAX, networkState, watchedRole, widerPolicy } from './network-of-pods.ts';
import { forwardPort } from './port-forward.ts';
import { knock, PROBE_POD, probePod, sendWebhook } from './probe-pod.ts';
import { findTarget, type TargetCluster } from './target-cluster.ts';
import { tellStages } from './tell-stages.ts';

const root = join(import.meta.dirname, '../..');
const RUN = Date.now().toString(36);
const NAMESPACE = `flotilla-e2e-${RUN}`;
/** The KillSwitch is cluster-scoped, so its name must be unique in the cluster. */
const KILL_SWITCH = `stop-${RUN}`;
const OUTSIDE = `${NAMESPACE}-desk`;
/** The second namespace that the operator serves. */
const TENANT = `${NAMESPACE}-research`;
const TENANT_LABEL = { 'flotilla.dev/tenant': 'true' };
/** Key in the Secret of the foreign pod with the secret of the second namespace's webhooks. */
const TENANT_KEY = 'research';
const TENANT_SECRET = randomBytes(32).toString('hex');
/** Kept between runs, as the definitions are: Helm takes over only what a release of the same name and namespace made. */
const DEFINITIONS_NAMESPACE = 'flotilla-crds';
const READY_MS_MAX = 180_000;
const gatewayUrl = (namespace: string): string => `http://flotilla-gateway.${namespace}.svc:${SERVICE_PORTS.gateway}`;
const AUDIT_FOLDER = '/var/lib/flotilla/audit';
const EARLIER_VERSION = '0.0.1-earlier';

const target = await findTarget(process.env);
const missing = 'missing' in target ? target.missing : undefined;
if (missing !== undefined) console.log(`the charts are NOT proved on a real node: ${missing}`);
const foundCluster: TargetCluster =
  'found' in target
    ? target.found
    : { kubeconfig: '', images: { flotilla: '', nats: undefined, redis: undefined }, values: {}, stop: () => Promise.resolve() };
const { kubeconfig, images, stop } = foundCluster;
const kubectl = missing === undefined ? binaryPath('kubectl') : '';
const helmPath = missing === undefined ? (await chartTools()).helm : '';
const helm = helmFor(helmPath, kubeconfig, NAMESPACE);
const environment: Record<string, string> = {
  ...(process.env as Record<string, string>),
  KUBECONFIG: kubeconfig,
  FLOTILLA_KUBECTL: kubectl,
  FLOTILLA_NAMESPACE: NAMESPACE,
};
const cluster = clusterCommands({ kubectl, kubeconfig, namespace: NAMESPACE, environment, conditionMsMax: READY_MS_MAX });
const values = installValues(foundCluster);
const tenantsPage = openPage({
  page: 'docs/how-to/serve-many-namespaces.md',
  programs: { helm: helmPath, kubectl },
  environment,
  rename: (command) =>
    command
      .replaceAll(/(?<=-n |-namespace )trading\b/g, NAMESPACE)
      .replaceAll(/\bresearch\b/g, TENANT)
      .replaceAll('$(openssl rand -hex 32)', TENANT_SECRET),
});
const describeNamespaces = async (): Promise<string> =>
  (await Promise.all([NAMESPACE, TENANT].map((namespace) => describeNamespace(cluster, namespace)))).join('\n');
const stage = tellStages(missing, describeNamespaces);
const closers: (() => void)[] = [];

after(async () => {
  tenantsPage.close();
  if (missing !== undefined) return;
  for (const close of closers) close();
  await cluster.tryKubectl(['delete', 'namespace', TENANT, NAMESPACE, OUTSIDE, '--ignore-not-found', '--wait=false']);
  // After a failure there may be no operator that removes its finalizer.
  await cluster.tryKubectl(['delete', 'killswitch', KILL_SWITCH, '--ignore-not-found', '--wait=false']);
  await cluster.tryKubectl(['patch', 'killswitch', KILL_SWITCH, '--type=merge', '--patch={"metadata":{"finalizers":[]}}']);
  const namespaces = (await cluster.tryKubectl(['get', 'namespaces', '-o', 'name'])).stdout.split('\n');
  const byOthers = namespaces.some((name) => name.startsWith('namespace/flotilla-e2e-') && !name.startsWith(`namespace/${NAMESPACE}`));
  await stop({ byOthers });
});

/** A manifest of the examples, with this run's names. */
function example(name: string): string {
  const text = readFileSync(join(root, 'examples/01-first-fill', name), 'utf8');
  return text.replaceAll('namespace: trading', `namespace: ${NAMESPACE}`).replaceAll('stop-main', KILL_SWITCH);
}

async function apply(manifest: string): Promise<void> {
  const { status, stderr } = await cluster.tryApply(manifest);
  assert.equal(status, 0, stderr);
}

async function fills(namespace = NAMESPACE): Promise<readonly { readonly strategy: string; readonly id: string }[]> {
  const { status, stdout, stderr } = await cluster.flotilla('-n', namespace, 'fills', '--limit', '0', '--output', 'json');
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as { strategy: string; id: string }[];
}

const replay = (rows: number, speed: number, namespace = NAMESPACE) =>
  cluster.flotilla(
    '-n',
    namespace,
    'replay',
    'btcusd-1s-2016-10-07',
    '--source',
    'btc-replay',
    '--speed',
    String(speed),
    '--rows',
    String(rows),
  );

/** Lets the command line reach the bus of this installation. */
async function forwardBus(): Promise<void> {
  const forward = await forwardPort(kubectl, ['--kubeconfig', kubeconfig, '-n', NAMESPACE], 'service/flotilla-nats', 4222);
  closers.push(forward.close);
  environment['FLOTILLA_NATS_URL'] = `nats://127.0.0.1:${forward.port}`;
}

/** Prices and webhooks until both strategies have fills. */
async function firstFills(namespace: string, key?: string): Promise<void> {
  const replayed = await replay(400, 0, namespace);
  assert.equal(replayed.status, 0, replayed.stderr);
  await sendWebhook(cluster, OUTSIDE, { gatewayUrl: gatewayUrl(namespace), signal: 'BUY', ...(key === undefined ? {} : { key }) });
  const more = replay(600, 3000, namespace);
  await eventually(
    'both strategies have fills',
    async () => {
      const names = new Set((await fills(namespace)).map(({ strategy }) => strategy));
      return names.has('btc-momentum') && names.has('desk-alerts');
    },
    READY_MS_MAX,
  );
  assert.equal((await more).status, 0);
}

/** exec takes orders only with a fresh price, and an agent does not repeat an earlier decision. */
async function oneMoreFill(namespace: string, key?: string): Promise<void> {
  const before = (await fills(namespace)).length;
  let attempts = 0;
  await eventually(
    `another fill in ${namespace}`,
    async () => {
      const prices = await replay(60, 0, namespace);
      assert.equal(prices.status, 0, prices.stderr);
      const signal = attempts % 2 === 0 ? 'BUY' : 'SELL';
      await sendWebhook(cluster, OUTSIDE, { gatewayUrl: gatewayUrl(namespace), signal, ...(key === undefined ? {} : { key }) });
      attempts += 1;
      return (await fills(namespace)).length > before;
    },
    READY_MS_MAX,
  );
}

const addressOf = (namespace: string, component: string): Promise<string> =>
  cluster.kubectl(
    'get',
    'pods',
    '-n',
    namespace,
    '-l',
    `app.kubernetes.io/component=${component}`,
    '-o',
    'jsonpath={.items[0].status.podIP}',
  );

async function secretValue(name: string, key: string): Promise<string> {
  const secret = await cluster.get<{ readonly data: Readonly<Record<string, string>> }>('secret', name);
  return Buffer.from(secret?.data[key] ?? '', 'base64').toString();
}

/** The first match in the metrics of the operator that leads; null without one. */
async function operatorMetric(pattern: RegExp): Promise<RegExpExecArray | null> {
  const pods = (await flotillaPods(cluster, NAMESPACE)).filter(({ component }) => component === 'operator');
  for (const { name } of pods) {
    const forward = await forwardPort(kubectl, ['--kubeconfig', kubeconfig, '-n', NAMESPACE], `pod/${name}`, SERVICE_PORTS.operator);
    try {
      const found = pattern.exec(await (await fetch(`http://127.0.0.1:${forward.port}/metrics`)).text());
      if (found !== null) return found;
    } finally {
      forward.close();
    }
  }
  return null;
}

/** Of two agents, exec, gateway and audit writer, as the operator that leads counts them. */
async function everyNetworkHolds(): Promise<void> {
  const holds = async (): Promise<boolean> => (await operatorMetric(/^permission_networks\{.*state="Holds".*\} 5$/m)) !== null;
  await eventually('the network of every pod holds', holds, NETWORK_TOLD_MS_MAX);
}

const inAgent = ['deploy/desk-alerts-agent', '-n', NAMESPACE];
const inDesk = [PROBE_POD, '-n', OUTSIDE];
const nats = `flotilla-nats.${NAMESPACE}.svc`;
const redis = `flotilla-redis.${NAMESPACE}.svc`;

stage('helm install: makes operator, callout, bus and store ready, without a restart', async () => {
  const definitions = helmFor((await chartTools()).helm, kubeconfig, DEFINITIONS_NAMESPACE);
  await definitions.install('flotilla-crds', chartFolder('flotilla-crds'));
  const earlier = earlierChart('flotilla', EARLIER_VERSION);
  try {
    await helm.install('flotilla', earlier.folder, values);
  } finally {
    earlier.remove();
  }
  const pods = await flotillaPods(cluster, NAMESPACE);
  assert.deepEqual(pods.map(({ component }) => component).toSorted(), ['callout', 'callout', 'nats', 'operator', 'operator', 'redis']);
  assert.deepEqual(
    pods.filter(({ restarts }) => restarts > 0),
    [],
  );
});

stage('kubectl apply: makes a fleet of containers that is Ready', async () => {
  await createWebhookSecret(cluster, 'desk-webhook', NAMESPACE);
  await apply(example('fleet.yaml'));
  for (const [kind, name] of [
    ['portfolio', 'main'],
    ['strategy', 'btc-momentum'],
    ['strategy', 'desk-alerts'],
    ['signalsource', 'desk'],
    ['signalsource', 'btc-replay'],
    ['riskpolicy', 'conservative'],
  ] as const) {
    await cluster.condition(kind, name, 'Ready', 'True');
  }
  const pods = await flotillaPods(cluster, NAMESPACE);
  assert.deepEqual(
    pods.filter(({ restarts }) => restarts > 0),
    [],
  );
});

stage('a foreign pod: starts in another namespace, to send the webhooks of the desk', async () => {
  await cluster.kubectl('create', 'namespace', OUTSIDE);
  const values = { secret: await secretValue('desk-webhook', 'secret'), [TENANT_KEY]: TENANT_SECRET };
  const literals = Object.entries(values).map(([key, value]) => `--from-literal=${key}=${value}`);
  await cluster.kubectl('create', 'secret', 'generic', 'desk-webhook', '-n', OUTSIDE, ...literals);
  await apply(probePod(OUTSIDE, images.flotilla, 'desk-webhook'));
  await cluster.kubectl('wait', 'pod', PROBE_POD, '-n', OUTSIDE, '--for=condition=Ready', '--timeout=120s');
});

stage('NetworkPolicies: let an agent reach the bus, and neither the API server nor anything else', async () => {
  const answers = await Promise.all([
    knock(cluster, inAgent, nats, 4222),
    knock(cluster, inAgent, 'kubernetes.default.svc', 443),
    knock(cluster, inAgent, nats, 8222),
    knock(cluster, inAgent, `flotilla-gateway.${NAMESPACE}.svc`, SERVICE_PORTS.gateway),
  ]);
  assert.deepEqual(answers, ['open', 'silent', 'silent', 'silent']);
});

stage('NetworkPolicies: let every pod reach the gateway, and keep strangers from bus, store and exec', async () => {
  const execAddress = await addressOf(NAMESPACE, 'exec');
  const answers = await Promise.all([
    knock(cluster, inDesk, `flotilla-gateway.${NAMESPACE}.svc`, SERVICE_PORTS.gateway),
    // No NetworkPolicy selects this pod.
    knock(cluster, inDesk, 'kubernetes.default.svc', 443),
    knock(cluster, inDesk, nats, 4222),
    knock(cluster, inDesk, redis, 6379),
    knock(cluster, inDesk, execAddress, SERVICE_PORTS.exec),
  ]);
  assert.deepEqual(answers, ['open', 'open', 'silent', 'silent', 'silent']);
});

stage('the network of pods: each pod tries its own policy, and statuses, metrics and the command line say that it holds', async () => {
  const others = ['apiServer', 'store', 'operator', 'gateway', 'metadata'];
  const fleet = [
    ['strategy', 'btc-momentum'],
    ['strategy', 'desk-alerts'],
    ['portfolio', 'main'],
  ] as const;
  for (const object of fleet) assert.deepEqual((await networkState(cluster, object, 'Holds')).denied, others);
  const { message } = await cluster.condition('strategy', 'desk-alerts', 'PermissionsEnforced', 'True', 'Enforced');
  assert.match(message, /its pod reached none of 5 forbidden addresses/);
  await everyNetworkHolds();
  const { status, stdout, stderr } = await cluster.flotilla('permissions', 'desk-alerts');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^network +connects +Redis +denied .* NetworkPolicy of its pods +\d{4}-/m);
});

stage('a NetworkPolicy that opens too much: the leak is told by its name, and ends with the policy', async () => {
  await apply(watchedRole(NAMESPACE));
  const roleRef = '--patch={"spec":{"agentRoleRef":{"name":"watched"}}}';
  await cluster.kubectl('patch', 'strategy', 'desk-alerts', '-n', NAMESPACE, '--type=merge', roleRef);
  await apply(widerPolicy(NAMESPACE, 'desk-alerts-agent'));
  const leaking = await networkState(cluster, ['strategy', 'desk-alerts'], 'Leaks');
  // The store lets the gateway and the operator alone in, so its own policy still denies the agent.
  assert.deepEqual(leaking.reached, ['gateway']);
  const { message } = await cluster.condition('strategy', 'desk-alerts', 'PermissionsEnforced', 'False', 'PermissionLeaked');
  assert.match(message, /network: gateway/);
  await eventually('the metric of leaks', async () => (await operatorMetric(/^permission_leaks\{.*\} 1$/m)) !== null, READY_MS_MAX);
  assert.match((await cluster.flotilla('permissions', 'desk-alerts')).stderr, /The pod reached forbidden addresses: gateway/);
  await cluster.kubectl('delete', 'networkpolicy', 'wider', '-n', NAMESPACE);
  await networkState(cluster, ['strategy', 'desk-alerts'], 'Holds');
  await cluster.condition('strategy', 'desk-alerts', 'PermissionsEnforced', 'True', 'Enforced');
});

stage(
  'a NetworkPolicy of the operator that is widened by hand while no operator runs: the pod sees it, and the operator puts it back',
  async () => {
    const policy = ['networkpolicy', 'desk-alerts-agent', '-n', NAMESPACE] as const;
    const egress = () => cluster.kubectl('get', ...policy, '-o', 'jsonpath={.spec.egress}');
    const before = await egress();
    await cluster.kubectl('scale', 'deployment/flotilla-operator', '-n', NAMESPACE, '--replicas=0');
    await cluster.kubectl('wait', 'pod', '-n', NAMESPACE, '-l', 'app.kubernetes.io/component=operator', '--for=delete', '--timeout=60s');
    await cluster.kubectl('patch', ...policy, '--type=merge', '--patch={"spec":{"egress":[{}]}}');
    await eventually(
      'the agent sees that its policy is open',
      async () => (await cluster.kubectl('logs', ...inAgent, '--since=90s')).includes('"reached":["apiServer"'),
      NETWORK_TOLD_MS_MAX,
    );
    await cluster.kubectl('scale', 'deployment/flotilla-operator', '-n', NAMESPACE, '--replicas=2');
    await cluster.kubectl('rollout', 'status', 'deployment/flotilla-operator', '-n', NAMESPACE, '--timeout=120s');
    await eventually('the policy is put back', async () => (await egress()) === before, 30_000);
    // The last report that the new operator found named a leak, so the agent has reported again.
    await everyNetworkHolds();
    assert.equal(await knock(cluster, inAgent, 'kubernetes.default.svc', 443), 'silent');
  },
);

stage('kubectl port-forward: reaches the webhooks of the gateway and the metrics of the operator', async () => {
  for (const [service, port, path, expected] of [
    ['deployment/flotilla-gateway', SERVICE_PORTS.gatewayHealth, '/ready', /ok|ready/i],
    ['service/flotilla-operator', SERVICE_PORTS.operator, '/metrics', /leader_election_master_status/],
  ] as const) {
    const forward = await forwardPort(kubectl, ['--kubeconfig', kubeconfig, '-n', NAMESPACE], service, port);
    try {
      const response = await fetch(`http://127.0.0.1:${forward.port}${path}`);
      assert.equal(response.status, 200);
      assert.match(await response.text(), expected);
    } finally {
      forward.close();
    }
  }
});

stage('replay and webhooks: end in fills of both strategies', async () => {
  await forwardBus();
  await firstFills(NAMESPACE);
});

stage(
  'helm upgrade: restarts neither agent nor exec nor bus, when another version of the chart begins to serve namespaces with a label',
  async () => {
    const staying = async () => (await flotillaPods(cluster, NAMESPACE)).filter(({ component }) => component !== 'operator');
    const before = await staying();
    assert.ok(before.filter(({ component }) => component === 'agent').length === 2);
    const operatorsBefore = (await flotillaPods(cluster, NAMESPACE)).filter(({ component }) => component === 'operator');
    await tenantsPage.run('Say which namespaces');
    await cluster.kubectl('rollout', 'status', 'deployment/flotilla-operator', '-n', NAMESPACE, '--timeout=120s');
    assert.match(await helm.run('history', 'flotilla'), new RegExp(`flotilla-${EARLIER_VERSION}[^]*flotilla-\\d`));
    // The rollout is over while its last old pod still ends.
    await eventually(
      'the operator itself is replaced',
      async () => {
        const uids = new Set((await flotillaPods(cluster, NAMESPACE)).map(({ uid }) => uid));
        return operatorsBefore.every(({ uid }) => !uids.has(uid));
      },
      READY_MS_MAX,
    );
    // The new operator has visited every object when its status says so.
    await cluster.condition('portfolio', 'main', 'Ready', 'True');
    await cluster.condition('strategy', 'desk-alerts', 'Ready', 'True');
    assert.deepEqual(await staying(), before);
  },
);

stage('a second namespace: becomes Ready as the how-to says, with objects of the names of the first', async () => {
  await tenantsPage.run('Add a namespace');
  // The other replica of the operator begins to serve the namespace a moment later.
  await eventually(
    'the namespace is served',
    async () => (await tenantsPage.run('See which namespaces are served')).includes(`{tenant="${TENANT}",state="Serving"} 1`),
    READY_MS_MAX,
  );
  const components = (await flotillaPods(cluster, TENANT)).map(({ component }) => component);
  assert.deepEqual(components.toSorted(), ['agent', 'agent', 'audit', 'exec', 'gateway']);
});

stage('a second namespace: trades as a world of its own', async () => {
  const [before, pods] = [await fills(), await flotillaPods(cluster, NAMESPACE)];
  await assert.rejects(sendWebhook(cluster, OUTSIDE, { gatewayUrl: gatewayUrl(TENANT), signal: 'BUY' }), /refused with 401/);
  await firstFills(TENANT, TENANT_KEY);
  assert.deepEqual(await fills(), before, 'the first namespace has no fill more');
  assert.deepEqual(await flotillaPods(cluster, NAMESPACE), pods);
  assert.deepEqual(
    (await flotillaPods(cluster, TENANT)).filter(({ restarts }) => restarts > 0),
    [],
  );
});

stage('NetworkPolicies: let a second namespace reach bus and store as its roles say, and no pod of the first', async () => {
  const [exec, agent, foreignExec] = await Promise.all([
    addressOf(NAMESPACE, 'exec'),
    addressOf(NAMESPACE, 'agent'),
    addressOf(TENANT, 'exec'),
  ]);
  const [theirAgent, theirGateway] = [
    ['deploy/desk-alerts-agent', '-n', TENANT],
    ['deploy/flotilla-gateway', '-n', TENANT],
  ] as const;
  const answers = await Promise.all([
    knock(cluster, theirAgent, nats, 4222),
    knock(cluster, theirGateway, nats, 4222),
    knock(cluster, theirGateway, redis, 6379),
    knock(cluster, theirAgent, redis, 6379),
    knock(cluster, theirAgent, exec, SERVICE_PORTS.exec),
    knock(cluster, theirAgent, agent, SERVICE_PORTS.agents),
    knock(cluster, theirGateway, exec, SERVICE_PORTS.exec),
    knock(cluster, inAgent, foreignExec, SERVICE_PORTS.exec),
  ]);
  assert.deepEqual(answers, ['open', 'open', 'open', 'silent', 'silent', 'silent', 'silent', 'silent']);
});

stage('NetworkPolicies: the network agrees with cyclonus’ matcher on every pair of pods of two tenants, strangers included', async () => {
  await apply(probePod(NAMESPACE, images.flotilla, 'desk-webhook'));
  await cluster.kubectl('wait', 'pod', PROBE_POD, '-n', NAMESPACE, '--for=condition=Ready', '--timeout=120s');
  let last: NetworkAgreement | undefined;
  // An engine learns the address of a pod a little after the pod is ready.
  await eventually(
    'the network agrees with the judge',
    async () => {
      last = await networkAgreement(cluster, [NAMESPACE, TENANT, OUTSIDE]);
      return last.contradictions.length === 0;
    },
    READY_MS_MAX,
  ).catch((cause: unknown) => {
    throw new Error(`expected no contradiction, found:\n${last?.contradictions.join('\n')}`, { cause });
  });
  assert.ok((last?.tried ?? 0) > 3_000, `expected more than three thousand connections, found ${last?.tried}`);
  // The neighbour listens at no port, so a connection that a policy lets through is refused.
  const neighbour = await cluster.kubectl('get', 'pod', PROBE_POD, '-n', NAMESPACE, '-o', 'jsonpath={.status.podIP}');
  assert.deepEqual(await Promise.all([inAgent, inDesk].map((from) => knock(cluster, from, neighbour, 4222))), ['silent', 'ECONNREFUSED']);
  await cluster.kubectl('delete', 'pod', PROBE_POD, '-n', NAMESPACE);
});

stage('KillSwitch: halts the fleet, exec takes no later order, and the second namespace trades on', async () => {
  await apply(example('kill-switch.yaml'));
  const status = await eventually(
    'the kill switch is engaged',
    async () => {
      const found = await cluster.get<{ status?: KillSwitchStatus }>('killswitch', KILL_SWITCH);
      return found?.status?.state === 'Engaged' && found.status;
    },
    READY_MS_MAX,
  );
  const [portfolio] = status.portfolios ?? [];
  assert.ok(portfolio !== undefined);
  assert.ok(portfolio.gateClosedAt !== undefined && portfolio.zeroOpenOrdersVerifiedAt !== undefined);
  assert.ok(portfolio.agentsScaledToZeroAt !== undefined);
  assert.ok(portfolio.lastAcceptedAt === undefined || portfolio.lastAcceptedAt <= portfolio.gateClosedAt);
  const before = (await fills()).length;
  await sendWebhook(cluster, OUTSIDE, { gatewayUrl: gatewayUrl(NAMESPACE), signal: 'SELL' });
  await eventually(
    'the agents are gone',
    async () => (await flotillaPods(cluster, NAMESPACE)).every(({ component }) => component !== 'agent'),
    READY_MS_MAX,
  );
  await oneMoreFill(TENANT, TENANT_KEY);
  assert.equal((await fills()).length, before);
});

stage('audit: verifies in the pod that keeps it', async () => {
  const verify = ['node', '/app/cli/main.ts', 'audit', 'verify', AUDIT_FOLDER];
  const { status, stdout, stderr } = await cluster.tryKubectl(['exec', 'deploy/flotilla-audit', '-n', NAMESPACE, '--', ...verify]);
  assert.equal(status, 0, stdout + stderr);
});

stage('KillSwitch: releases, and the fleet trades again', async () => {
  await cluster.kubectl('delete', 'killswitch', KILL_SWITCH, '--timeout=120s');
  await cluster.condition('strategy', 'desk-alerts', 'Ready', 'True');
  await oneMoreFill(NAMESPACE);
});

stage('a second namespace: goes as the how-to says, and disturbs no pod and no order of the first', async () => {
  const before = await flotillaPods(cluster, NAMESPACE);
  await tenantsPage.run('Take a namespace away');
  assert.equal(await cluster.get('namespace', TENANT), undefined);
  assert.deepEqual(await flotillaPods(cluster, NAMESPACE), before);
  await oneMoreFill(NAMESPACE);
});

stage('kubectl delete and helm uninstall: leave credentials, volumes and definitions, and nothing else', async () => {
  const { status, stderr } = await cluster.tryKubectl(['delete', '--timeout=120s', '-f', '-'], example('fleet.yaml'));
  assert.equal(status, 0, stderr);
  await helm.run('uninstall', 'flotilla', '--wait', '--timeout', '3m');
  const kinds = ['deployments', 'statefulsets', 'pods', 'services', 'serviceaccounts', 'configmaps', 'roles', 'rolebindings'];
  const policies = ['networkpolicies', 'poddisruptionbudgets', 'jobs', 'leases', 'secrets', 'persistentvolumeclaims'];
  const left = async (): Promise<readonly string[]> =>
    (await cluster.kubectl('get', [...kinds, ...policies].join(','), '-n', NAMESPACE, '-o', 'name'))
      .split('\n')
      .filter((name) => name !== '' && !/^serviceaccount\/default$|^configmap\/kube-root-ca/.test(name));
  // The operator created the Lease, and no longer runs to delete it.
  const kept = /^lease\S*\/flotilla-operator$|^secret\/(flotilla-|desk-webhook)|^persistentvolumeclaim\/(data-flotilla-|flotilla-audit)/;
  await eventually('only what is documented is left', async () => (await left()).every((name) => kept.test(name)), READY_MS_MAX).catch(
    async (cause: unknown) => {
      throw new Error(`left behind: ${(await left()).filter((name) => !kept.test(name)).join(', ')}`, { cause });
    },
  );
  assert.notEqual(await cluster.kubectl('get', 'crd', 'strategies.flotilla.dev', '-o', 'name'), '');
});

stage('kubectl delete namespace: finishes, when a whole fleet trades in it', async () => {
  await helm.install('flotilla', chartFolder('flotilla'), { ...values, tenants: { matchLabels: TENANT_LABEL } });
  await forwardBus();
  await apply(example('fleet.yaml'));
  await tenantsPage.run('Add a namespace');
  await cluster.condition('strategy', 'desk-alerts', 'Ready', 'True');
  await cluster.kubectl('delete', 'namespace', NAMESPACE, '--timeout=180s');
});

stage('kubectl delete namespace: finishes for a second namespace whose operator is gone, as the how-to says', async () => {
  await cluster.kubectl('delete', 'namespace', TENANT, '--wait=false');
  await cluster.kubectl('wait', 'namespace', TENANT, '--for=condition=NamespaceFinalizersRemaining', '--timeout=120s');
  await tenantsPage.run('A namespace that does not end');
  await cluster.kubectl('wait', 'namespace', TENANT, '--for=delete', '--timeout=120s');
  assert.deepEqual(tenantsPage.left(), []);
});
