/** Creates the Secrets with the keys of the bus: all of them or none, because keys that were made at different times do not fit each other. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { type Cluster, isAlreadyExists, type KubeManifest, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import type { Outcome } from './create-missing.ts';
import type { BusKeyManifests } from './credential-secrets.ts';

export type Retry = (work: () => Promise<void>) => Promise<void>;

/**
 * Creates the keys when none exists. Needs the right to create Secrets alone: a dry run of the creation tells whether a Secret exists.
 *
 * The root key may be absent, because a person may keep it outside the cluster. Of two jobs at the same time, the one that creates the root key
 * makes all keys.
 *
 * @param retry repeats a creation while the API server is away, so that a short outage leaves no part of the keys
 * @throws FlotillaError `CONFIG_INVALID` when some keys exist and others do not, because the job cannot make keys that fit; and when the bus is of a
 * version with passwords. `RECORD_CHANGED` when another
 * job makes the keys at the moment
 */
export async function createBusKeys(cluster: Pick<Cluster, 'create'>, manifests: BusKeyManifests, retry: Retry): Promise<Outcome> {
  const { root, mounted, former } = manifests;
  const all = [root, ...mounted];
  const names = all.map(nameOf);
  const existing = await existingOf(cluster, all);
  if (mounted.every((secret) => existing.has(nameOf(secret)))) return { created: [], kept: [...existing] };
  const namespace = root.metadata.namespace ?? '';
  if (existing.size > 0) throw incomplete(namespace, names, existing);
  if (!(await couldCreate(cluster, former))) throw ofBefore(namespace, nameOf(former));
  await createRoot(cluster, root);
  for (const secret of mounted) await retry(() => createOwn(cluster, secret));
  return { created: names, kept: [] };
}

async function existingOf(cluster: Pick<Cluster, 'create'>, secrets: readonly KubeManifest[]): Promise<ReadonlySet<string>> {
  const existing = new Set<string>();
  for (const secret of secrets) if (!(await couldCreate(cluster, secret))) existing.add(nameOf(secret));
  return existing;
}

async function couldCreate(cluster: Pick<Cluster, 'create'>, secret: KubeManifest): Promise<boolean> {
  try {
    await cluster.create(KUBERNETES_TYPES.secret, secret, { dryRun: true });
    return true;
  } catch (error) {
    if (isAlreadyExists(error)) return false;
    throw error;
  }
}

/** Without a second try: after a lost answer nothing tells our root key from that of another job. */
async function createRoot(cluster: Pick<Cluster, 'create'>, root: KubeManifest): Promise<void> {
  try {
    await cluster.create(KUBERNETES_TYPES.secret, root);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    throw new FlotillaError(
      'RECORD_CHANGED',
      `expected to create the keys of the bus, found that another job created ${nameOf(root)} a moment ago: try again when the other job has ended`,
    );
  }
}

/** The job that created the root key creates the other keys, so a Secret that exists after a lost answer is our own. */
async function createOwn(cluster: Pick<Cluster, 'create'>, secret: KubeManifest): Promise<void> {
  try {
    await cluster.create(KUBERNETES_TYPES.secret, secret);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

function incomplete(namespace: string, names: readonly string[], existing: ReadonlySet<string>): FlotillaError {
  const found = names.filter((name) => existing.has(name));
  const missing = names.filter((name) => !existing.has(name));
  return new FlotillaError(
    'CONFIG_INVALID',
    `the keys of the bus are incomplete in the namespace ${namespace}: expected ${names.join(', ')}; found ${found.join(', ')}; ` +
      `missing ${missing.join(', ')}. New keys would not fit the old ones, so this job creates none. ` +
      'Restore the missing Secrets from a backup. ' +
      `If the bus never started with these keys, delete the others and run the job again: kubectl delete secret --namespace ${namespace} ${found.join(' ')}. ` +
      'If the bus started and there is no backup, delete its volumes too: the streams are lost.',
  );
}

/** Without this refusal an upgrade would begin with empty streams, while orders may rest at the venue. */
function ofBefore(namespace: string, name: string): FlotillaError {
  return new FlotillaError(
    'CONFIG_INVALID',
    `the namespace ${namespace} has the Secret ${name}, so its bus is of a version with passwords. ` +
      'A bus of this version cannot read the streams of that one, so this job makes no keys for it. ' +
      `Install anew as docs/how-to/upgrade.md says, and delete that Secret last: kubectl delete secret --namespace ${namespace} ${name}`,
  );
}

function nameOf(secret: KubeManifest): string {
  return secret.metadata.name;
}
