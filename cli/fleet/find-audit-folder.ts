/** Where the audit log of the namespace lies, when that is a folder of this machine: so on a local cluster, and nowhere else. */
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

/** Undefined when there is none, or when one may not look: it is a help, and no condition of anything. */
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
