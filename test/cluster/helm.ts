/** helm for one release namespace. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf, runCommand } from '../e2e/cluster-commands.ts';
import type { TargetCluster } from './target-cluster.ts';

const CHARTS = join(import.meta.dirname, '../../charts');

export interface Helm {
  /** @throws Error with the output of helm. */
  run(...args: readonly string[]): Promise<string>;
  /** `helm upgrade --install` of a chart's folder, waiting until everything is ready. */
  install(release: string, chart: string, values?: object): Promise<void>;
}

const INSTALL_WAIT = ['--wait', '--timeout', '5m'] as const;

export function helmFor(helm: string, kubeconfig: string, namespace: string): Helm {
  const run = async (...args: readonly string[]): Promise<string> => {
    const where = ['--kubeconfig', kubeconfig, '--namespace', namespace];
    return outputOf(await runCommand(helm, [...where, ...args], process.env as Record<string, string>), `helm ${args.join(' ')}`);
  };
  return {
    run,
    async install(release, chart, values = {}) {
      const folder = mkdtempSync(join(tmpdir(), 'flotilla-values-'));
      try {
        const file = join(folder, 'values.json');
        writeFileSync(file, JSON.stringify(values));
        await run('upgrade', '--install', release, chart, '--create-namespace', '--values', file, ...INSTALL_WAIT);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
}

export function chartFolder(name: 'flotilla' | 'flotilla-crds'): string {
  return join(CHARTS, name);
}

/** A copy of the chart with an earlier version number, as the start of an upgrade. */
export function earlierChart(name: 'flotilla', version: string): { readonly folder: string; readonly remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'flotilla-chart-'));
  const folder = join(root, name);
  cpSync(chartFolder(name), folder, { recursive: true });
  const file = join(folder, 'Chart.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^version: .*$/m, `version: ${version}`));
  return { folder, remove: () => rmSync(root, { recursive: true }) };
}

/** A small installation, with this cluster's images and its own values. */
export function installValues({ images, values }: Pick<TargetCluster, 'images' | 'values'>): Readonly<Record<string, unknown>> {
  const image = (name: string | undefined): object => {
    if (name === undefined) return {};
    const at = name.lastIndexOf(':');
    return { image: { repository: name.slice(0, at), tag: name.slice(at + 1) } };
  };
  return {
    ...values,
    ...image(images.flotilla),
    nats: { ...image(images.nats), storage: { size: '2Gi', maxFileStore: '1Gi' } },
    redis: { ...image(images.redis), storage: { size: '1Gi' } },
    audit: { storage: { size: '1Gi' } },
  };
}
