/**
 * A minimal controller on the informer and the generated API of `@kubernetes/client-node`: three children by server-side apply and a status
 * for each Strategy. What it reads: see bench/peers/README.md.
 */
import { readFileSync } from 'node:fs';
import {
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  type Informer,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
  NetworkingV1Api,
  type ObjectCache,
  PatchStrategy,
  setHeaderOptions,
} from '@kubernetes/client-node';
import { makePeerQueue } from './peer-queue.ts';
import { type ChildKind, makeReconcile, type PeerStrategy } from './reconcile.ts';

const GROUP = 'flotilla.dev';
const VERSION = 'v1alpha1';
const PLURAL = 'strategies';
const FIELD_MANAGER = 'peer';

const namespace = process.env['PEER_NAMESPACE'] ?? 'default';
const allWrites = process.env['PEER_WRITES'] === 'all';
const templates = JSON.parse(readFileSync(process.env['PEER_TEMPLATES'] ?? '', 'utf8')) as Readonly<Record<ChildKind | 'secret', string>>;

const config = new KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(CoreV1Api);
const apps = config.makeApiClient(AppsV1Api);
const networking = config.makeApiClient(NetworkingV1Api);
const custom = config.makeApiClient(CustomObjectsApi);
const applyOptions = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply);

type Watched<T extends KubernetesObject> = Informer<T> & ObjectCache<T>;

const strategies = makeInformer<PeerStrategy>(config, `/apis/${GROUP}/${VERSION}/namespaces/${namespace}/${PLURAL}`, async () => {
  const list: unknown = await custom.listNamespacedCustomObject({ group: GROUP, version: VERSION, namespace, plural: PLURAL });
  return list as KubernetesListObject<PeerStrategy>;
});
const children = {
  serviceAccount: makeInformer(config, `/api/v1/namespaces/${namespace}/serviceaccounts`, () =>
    core.listNamespacedServiceAccount({ namespace }),
  ),
  networkPolicy: makeInformer(config, `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`, () =>
    networking.listNamespacedNetworkPolicy({ namespace }),
  ),
  deployment: makeInformer(config, `/apis/apps/v1/namespaces/${namespace}/deployments`, () => apps.listNamespacedDeployment({ namespace })),
};
const secrets = makeInformer(config, `/api/v1/namespaces/${namespace}/secrets`, () => core.listNamespacedSecret({ namespace }));

const apply = { namespace, fieldManager: FIELD_MANAGER, force: true };
const strategyAddress = (name: string) => ({ group: GROUP, version: VERSION, namespace, plural: PLURAL, name, force: true });
const reconcile = makeReconcile({
  templates,
  allWrites,
  strategy: (name) => strategies.get(name, namespace),
  child: (kind, name) => children[kind].get(name, namespace),
  hasSecret: (name) => secrets.get(name, namespace) !== undefined,
  async applyChild(kind, name, body) {
    if (kind === 'serviceAccount') await core.patchNamespacedServiceAccount({ ...apply, name, body }, applyOptions);
    else if (kind === 'networkPolicy') await networking.patchNamespacedNetworkPolicy({ ...apply, name, body }, applyOptions);
    else await apps.patchNamespacedDeployment({ ...apply, name, body }, applyOptions);
  },
  async createSecret(body) {
    await core.createNamespacedSecret({ namespace, fieldManager: FIELD_MANAGER, body });
  },
  async applyFinalizer(name, body) {
    await custom.patchNamespacedCustomObject({ ...strategyAddress(name), fieldManager: `${FIELD_MANAGER}-finalizer`, body }, applyOptions);
  },
  async applyStatus(name, body) {
    await custom.patchNamespacedCustomObjectStatus(
      { ...strategyAddress(name), fieldManager: `${FIELD_MANAGER}-status`, body },
      applyOptions,
    );
  },
});

const queue = makePeerQueue(Number(process.env['PEER_WORKERS'] ?? '10'), reconcile);

async function follow<T extends KubernetesObject>(informer: Watched<T>, nameOf: (object: T) => string | undefined): Promise<void> {
  const tell = (object: T): void => {
    const name = nameOf(object);
    if (name !== undefined) queue.add(name);
  };
  for (const verb of ['add', 'update', 'delete'] as const) informer.on(verb, tell);
  informer.on('error', (error) => {
    process.stderr.write(`${String(error)}\n`);
    setTimeout(() => void informer.start(), 1_000);
  });
  await informer.start();
}

const ownerName = (object: KubernetesObject): string | undefined =>
  object.metadata?.ownerReferences?.find(({ controller, kind }) => controller === true && kind === 'Strategy')?.name;

await Promise.all([
  ...Object.values(children).map((informer) => follow(informer as Watched<KubernetesObject>, ownerName)),
  ...(allWrites ? [follow(secrets, ownerName)] : []),
]);
await follow(strategies, ({ metadata }) => metadata?.name);
