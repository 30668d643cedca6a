/**
 * Runs the pod of a Deployment that the operator made as a process of this machine: its command, its environment with Secrets, and its files. For
 * tests that need a real worker behind an operator, and no kubelet.
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from '@flotilla/contracts/errors/assert.ts';
import { type Cluster, type KubeObject, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { freePort } from '@flotilla/runtime/testing/free-port.ts';
import { startServiceProcess } from './service-process.ts';

const NAMESPACE = 'trading';
const ROOT = join(import.meta.dirname, '../..');
/** Where the image holds the checkout. */
const IMAGE_ROOT = '/app';
/** Where the operator mounts what a pod reads. */
const MOUNTS_ROOT = '/etc/flotilla';

interface KeyReference {
  readonly name: string;
  readonly key: string;
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: KeyReference };
}

interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly secretName: string; readonly items?: readonly { readonly key: string; readonly path: string }[] };
  /** Of the token of the pod's ServiceAccount, which a kubelet would write. */
  readonly projected?: object;
}

interface DeploymentWithPods extends KubeObject {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly command: readonly string[];
          readonly env: readonly Variable[];
          readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
        }[];
        readonly volumes?: readonly Volume[];
      };
    };
  };
}

export interface PodProcess {
  /** The main port of the process. */
  readonly port: number;
  /** Whether the process has ended. */
  hasEnded(): boolean;
  /** Writes the files again, as a kubelet does when a ConfigMap or a Secret has changed. */
  refreshFiles(): Promise<void>;
  ready(): Promise<void>;
  stop(): Promise<void>;
}

/** @param change Variables that replace those of the Deployment. */
export async function startPodProcess(
  cluster: Cluster,
  deploymentName: string,
  change: Readonly<Record<string, string>> = {},
): Promise<PodProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-pod-'));
  const deployment = await cluster.get<DeploymentWithPods>(KUBERNETES_TYPES.deployment, { namespace: NAMESPACE, name: deploymentName });
  const { containers } = deployment.spec.template.spec;
  const [container] = containers;
  assert(container !== undefined, `expected a container in Deployment ${deploymentName}, found none`);
  await writeFiles(cluster, deployment, folder);
  const port = await freePort();
  const healthPort = container.env.some(({ name }) => name === 'HEALTH_PORT') ? await freePort() : port;
  const service = await startServiceProcess({
    name: deploymentName,
    entry: container.command.at(-1) ?? '',
    port,
    healthPort,
    logPath: join(folder, 'log'),
    environment: { ...(await environmentOf(cluster, container.env, folder)), ...change },
  });
  return {
    port,
    hasEnded: () => service.hasEnded(),
    async refreshFiles() {
      await writeFiles(cluster, await cluster.get(KUBERNETES_TYPES.deployment, { namespace: NAMESPACE, name: deploymentName }), folder);
    },
    ready: () => service.ready(),
    async stop() {
      await service.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Variables that name the pod, its address and its ports come from the process itself. */
async function environmentOf(cluster: Cluster, variables: readonly Variable[], folder: string): Promise<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const { name, value, valueFrom } of variables) {
    const reference = valueFrom?.secretKeyRef;
    if (reference !== undefined)
      environment[name] = Buffer.from((await secretData(cluster, reference.name))[reference.key] ?? '', 'base64').toString();
    else if (value !== undefined && name !== 'PORT' && name !== 'HEALTH_PORT') {
      environment[name] = value.replace(MOUNTS_ROOT, folder).replace(IMAGE_ROOT, ROOT);
    }
  }
  return environment;
}

async function writeFiles(cluster: Cluster, deployment: DeploymentWithPods, folder: string): Promise<void> {
  const { containers, volumes = [] } = deployment.spec.template.spec;
  for (const { name, configMap, secret, projected } of volumes) {
    if (projected !== undefined) continue;
    const mount = containers[0]?.volumeMounts?.find((one) => one.name === name);
    assert(mount !== undefined, `expected a mount of volume ${name}, found none`);
    const path = mount.mountPath.replace(MOUNTS_ROOT, folder);
    mkdirSync(path, { recursive: true });
    const contents = new Map(await contentOf(cluster, configMap?.name, secret?.secretName));
    const items = secret?.items ?? [...contents.keys()].map((key) => ({ key, path: key }));
    for (const { key, path: file } of items) {
      const content = contents.get(key);
      if (content === undefined) rmSync(join(path, file), { force: true });
      else replaceFile(join(path, file), content);
    }
  }
}

/** At once, as a kubelet does it: no reader finds a part of the content. */
function replaceFile(path: string, content: Buffer | string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

async function contentOf(
  cluster: Cluster,
  configMap: string | undefined,
  secret: string | undefined,
): Promise<readonly (readonly [key: string, content: Buffer | string])[]> {
  if (secret !== undefined) {
    return Object.entries(await secretData(cluster, secret)).map(([key, text]) => [key, Buffer.from(text, 'base64')]);
  }
  const address = { namespace: NAMESPACE, name: configMap ?? '' };
  const { data } = await cluster.get<KubeObject & { readonly data: Readonly<Record<string, string>> }>(KUBERNETES_TYPES.configMap, address);
  return Object.entries(data);
}

async function secretData(cluster: Cluster, name: string): Promise<Readonly<Record<string, string>>> {
  const secret = await cluster.get<KubeObject & { readonly data?: Readonly<Record<string, string>> }>(KUBERNETES_TYPES.secret, {
    namespace: NAMESPACE,
    name,
  });
  return secret.data ?? {};
}
