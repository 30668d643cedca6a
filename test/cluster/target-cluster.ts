/**
 * The cluster that the charts are proved on: the one that FLOTILLA_E2E_KUBECONFIG names, else a real node on this machine, which the test
 * starts unless it runs and stops again if it started it.
 *
 * A cluster of one's own needs the image: FLOTILLA_E2E_IMAGE; FLOTILLA_E2E_NATS_IMAGE and FLOTILLA_E2E_REDIS_IMAGE replace the charts' own.
 * It needs a default StorageClass and an engine for NetworkPolicies; nothing outside the test's namespaces and the CRDs is touched.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeObstacles } from '@flotilla/local/real-node/node-obstacles.ts';
import { nodeLayout } from '@flotilla/local/real-node/node-layout.ts';
import { nodeRuns } from '@flotilla/local/real-node/up-node.ts';
import { parse } from 'yaml';
import { outputOf, runCommand } from '../e2e/cluster-commands.ts';

export interface TargetCluster {
  readonly kubeconfig: string;
  /** Images with tags; undefined: the images of the chart. */
  readonly images: { readonly flotilla: string; readonly nats: string | undefined; readonly redis: string | undefined };
  /** Values of the chart that this cluster needs. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Stops what was started for the test, unless another run uses it: then it stays. */
  readonly stop: (usage: { readonly byOthers: boolean }) => Promise<void>;
}

export type Target = { readonly found: TargetCluster } | { readonly missing: string };

const root = join(import.meta.dirname, '../..');

export async function findTarget(environment: Readonly<Record<string, string | undefined>>): Promise<Target> {
  const kubeconfig = environment['FLOTILLA_E2E_KUBECONFIG'] ?? '';
  if (kubeconfig !== '') {
    const flotilla = environment['FLOTILLA_E2E_IMAGE'] ?? '';
    if (flotilla === '') throw new Error('FLOTILLA_E2E_KUBECONFIG needs FLOTILLA_E2E_IMAGE, an image that the cluster can pull');
    const images = { flotilla, nats: environment['FLOTILLA_E2E_NATS_IMAGE'], redis: environment['FLOTILLA_E2E_REDIS_IMAGE'] };
    const values = { networkPolicies: { engine: 'Expected' } };
    return { found: { kubeconfig, images, values, stop: () => Promise.resolve() } };
  }
  const layout = nodeLayout();
  const obstacles = nodeObstacles(layout, (environment['PATH'] ?? '').split(':'));
  if (obstacles.length > 0) return { missing: obstacles.join('; ') };
  const wasRunning = nodeRuns(layout);
  const node = (...args: readonly string[]) =>
    runCommand(process.execPath, [join(root, 'local/main.ts'), 'node', ...args], environment as Record<string, string>);
  const stop: TargetCluster['stop'] = async ({ byOthers }) => {
    if (wasRunning || byOthers) return;
    outputOf(await node('down'), 'node down');
  };
  try {
    outputOf(await node('up'), 'node up');
    const values = parse(readFileSync(join(root, 'local/real-node/chart-values.yaml'), 'utf8')) as TargetCluster['values'];
    const loaded = outputOf(await node('load-image'), 'node load-image');
    return { found: { kubeconfig: layout.kubeconfigFile, images: parseImages(loaded), values, stop } };
  } catch (error) {
    await stop({ byOthers: false });
    // Without a package registry there is no container runtime, so the test is skipped. Any other failure fails the test.
    if (error instanceof Error && error.message.includes('needs its package registry')) return { missing: error.message };
    throw error;
  }
}

/** From lines `<what> <image>`. */
function parseImages(text: string): TargetCluster['images'] {
  const image = (what: string): string => {
    const found = text.split('\n').find((line) => line.startsWith(`${what} `));
    if (found === undefined) throw new Error(`expected a line "${what} <image>", found:\n${text}`);
    return found.slice(what.length + 1);
  };
  return { flotilla: image('flotilla'), nats: image('nats'), redis: image('redis') };
}
