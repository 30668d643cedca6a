/** Renders the folders of the GitOps example with kustomize. For tests. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseObjects } from '@flotilla/charts/testing/render-chart.ts';
import { binaryPath } from '@flotilla/local/testing/binary-path.ts';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Folders that a kustomization describes, below examples/gitops. */
export const OVERLAYS = [
  'platform/tenants',
  'platform/guards',
  'platform/accounts/dev',
  'platform/accounts/prod',
  'trading/dev',
  'trading/prod',
  'flux',
  'argocd',
] as const;

/** The manifests, as text. @throws Error with the message of kubectl */
export function kustomize(folder: (typeof OVERLAYS)[number]): string {
  return execFileSync(binaryPath('kubectl'), ['kustomize', join(import.meta.dirname, '..', folder)], { encoding: 'utf8' });
}

export function manifestsOf(folder: (typeof OVERLAYS)[number]): readonly Manifest[] {
  return parseObjects(kustomize(folder));
}
