/** Finds the folder of the namespace's audit log on this machine, which only a local cluster has. For `audit verify` and `status`. */
import { existsSync } from 'node:fs';
import { kubectlJson } from '../cluster/kubectl.ts';
import type { CliContext } from '../session/context.ts';

const CLAIM = 'flotilla-audit';

interface Volume {
  readonly spec: {
    readonly claimRef?: { readonly namespace?: string; readonly name?: string };
    readonly hostPath?: { readonly path: string };
  };
}

/** Undefined when there is no such folder, and when the API server does not answer or refuses. */
export async function findAuditFolder(context: CliContext): Promise<string | undefined> {
  try {
    const { items } = await kubectlJson<{ readonly items: readonly Volume[] }>(context, ['get', 'persistentvolumes']);
    const volume = items.find(({ spec: { claimRef } }) => claimRef?.name === CLAIM && claimRef.namespace === context.namespace);
    const folder = volume?.spec.hostPath?.path;
    return folder !== undefined && existsSync(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}
