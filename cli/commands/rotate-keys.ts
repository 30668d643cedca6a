/** `flotilla keys`: replaces the keys of the bus while the fleet trades, and tells how far a rotation is. */
import { readFileSync } from 'node:fs';
import { BUS_KEY_SECRETS } from '@flotilla/contracts/access/credential-secrets.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { askServers, waitForServers } from '@flotilla/runtime/identity/rotation/ask-servers.ts';
import { type RotationPorts, rotateKeys } from '@flotilla/runtime/identity/rotation/rotate-keys.ts';
import { type Installation, stageOf } from '@flotilla/runtime/identity/rotation/rotation-keys.ts';
import { parseServerIdentityText, serverIdentityText } from '@flotilla/runtime/identity/server-identity.ts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import { systemRng } from '@flotilla/runtime/rng.ts';
import { kubectlGet, runKubectl } from '../cluster/kubectl.ts';
import { CliError } from '../session/cli-error.ts';
import type { CliContext } from '../session/context.ts';
import { printJson, type Session } from '../session/session.ts';

const STATEFUL_SET = 'flotilla-nats';
/** The kubelet takes up to 90 s to hand out a changed Secret. */
const WAIT_MS_MAX = 300_000;
const ROLLOUT_S_MAX = 600;
const SILENT = makeLogger({ service: 'cli', revision: 'dev', level: 'silent' });

export interface RotateOptions {
  /** File with the seed of the root key, when the Secret is not in the cluster. */
  readonly rootKeyFile?: string;
  /** Servers of a bus of your own. Default: the replicas of the chart's bus. */
  readonly servers?: number;
}

type Part = keyof Installation;

/** @throws CliError when a Secret is missing, and when a step does not end within five minutes; the next run goes on from there. */
export async function rotateBusKeys(session: Session, options: RotateOptions): Promise<void> {
  const { context, terminal } = session;
  const isNew = await rotateKeys(await portsOf(session, options)).catch((error: unknown) => {
    if (!(error instanceof FlotillaError)) throw error;
    throw new CliError(error.message, {
      hint: 'Remove the cause and run the command again: it goes on where it ended, and both the former and the next keys work until then.',
      cause: error,
    });
  });
  const message = isNew ? 'Every key of the bus below the root key is new.' : 'A rotation that had broken off is finished.';
  if (session.output === 'json') printJson(session, { namespace: context.namespace, rotated: isNew });
  else terminal.print(message);
}

/** Prints how far a rotation is. */
export async function showKeys(session: Session): Promise<void> {
  const stage = stageOf((await readSecrets(session.context)).installation);
  if (session.output === 'json') printJson(session, { namespace: session.context.namespace, stage });
  else
    session.terminal.print(
      stage === 'Steady'
        ? 'No rotation of keys is under way.'
        : `A rotation of keys is under way: ${stage}. Go on with: flotilla keys rotate`,
    );
}

async function portsOf({ context, terminal, output }: Session, options: RotateOptions): Promise<RotationPorts> {
  const { natsUrl } = context;
  if (natsUrl === undefined)
    throw new CliError('expected the address of NATS, found none', {
      hint: `Open a way to the bus: kubectl -n ${context.namespace} port-forward service/flotilla-nats 4222, and give --nats-url nats://127.0.0.1:4222.`,
    });
  const serverCount = options.servers ?? (await replicasOf(context));
  let secrets = await readSecrets(context);
  return {
    async read() {
      secrets = await readSecrets(context);
      return secrets.installation;
    },
    write: (part, content) => writeSecret(context, part, content, secrets),
    rootSeed: () => readRootSeed(context, options.rootKeyFile),
    withServers: (login, use) => askServers({ url: natsUrl, clock: systemClock, logger: SILENT }, login, use),
    serverCount,
    async restartServers() {
      if (options.servers !== undefined) {
        terminal.note('Restart each server of the bus now, one after the other. This command waits for them.');
        return;
      }
      await runKubectl(context, ['rollout', 'restart', `statefulset/${STATEFUL_SET}`, '--namespace', context.namespace]);
      const timeout = [`--timeout=${ROLLOUT_S_MAX}s`, `--request-timeout=${ROLLOUT_S_MAX}s`];
      await runKubectl(context, ['rollout', 'status', `statefulset/${STATEFUL_SET}`, '--namespace', context.namespace, ...timeout]);
    },
    waitFor: (what, missing) => waitForServers(systemClock, WAIT_MS_MAX, what, missing),
    say: (line) => output === 'table' && terminal.print(line),
    nowMs: () => systemClock.nowMs(),
    rng: systemRng,
  };
}

interface SecretObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** The Secrets as they were read, and what a write needs beside their content. */
interface ReadSecrets {
  readonly installation: Installation;
  /** Where the servers keep the claims of accounts. */
  readonly folder: string;
  readonly objects: Readonly<Record<Part, SecretObject>>;
}

interface SecretKey {
  readonly text: string;
  readonly object: SecretObject;
}

async function readSecretKey(context: CliContext, of: keyof typeof BUS_KEY_SECRETS): Promise<SecretKey | undefined> {
  const { name, key } = BUS_KEY_SECRETS[of];
  const secret = await kubectlGet<SecretObject>(context, ['secret', name, '--namespace', context.namespace]);
  const value = secret?.data?.[key];
  if (secret === undefined || value === undefined) return undefined;
  return { text: Buffer.from(value, 'base64').toString('utf8'), object: secret };
}

async function readSecrets(context: CliContext): Promise<ReadSecrets> {
  const read = async (part: Part): Promise<SecretKey> => {
    const found = await readSecretKey(context, part);
    if (found !== undefined) return found;
    throw new CliError(`expected the Secret ${BUS_KEY_SECRETS[part].name} in namespace ${context.namespace}, found none`, {
      hint: 'Check --namespace. The command reads and writes the Secrets flotilla-bus-*, so it needs the rights to do so.',
    });
  };
  const [server, operator, callout] = await Promise.all([read('server'), read('operator'), read('callout')]);
  const { identity, folder } = parseServerIdentityText(server.text);
  return {
    installation: {
      server: identity,
      operator: JSON.parse(operator.text) as Installation['operator'],
      callout: JSON.parse(callout.text) as Installation['callout'],
    },
    folder,
    objects: { server: server.object, operator: operator.object, callout: callout.object },
  };
}

async function readRootSeed(context: CliContext, file: string | undefined): Promise<string> {
  if (file !== undefined) return readFileSync(file, 'utf8').trim();
  const found = await readSecretKey(context, 'root');
  if (found !== undefined) return found.text.trim();
  throw new CliError(`expected the Secret ${BUS_KEY_SECRETS.root.name} in namespace ${context.namespace}, found none`, {
    hint: 'When the root key lies outside the cluster, name its file with --root-key-file.',
  });
}

/** By standard input, because others see the arguments of a process. The version in the object makes the write of a second rotation at the same time fail. */
async function writeSecret<P extends Part>(context: CliContext, part: P, content: Installation[P], secrets: ReadSecrets): Promise<void> {
  const { key } = BUS_KEY_SECRETS[part];
  const text = part === 'server' ? serverIdentityText(content as Installation['server'], secrets.folder) : JSON.stringify(content);
  const object = secrets.objects[part];
  const next = { ...object, data: { ...object.data, [key]: Buffer.from(text).toString('base64') } };
  await runKubectl(context, ['replace', '--namespace', context.namespace, '--filename', '-', '--output', 'name'], JSON.stringify(next));
}

async function replicasOf(context: CliContext): Promise<number> {
  const set = await kubectlGet<{ readonly spec: { readonly replicas: number; readonly volumeClaimTemplates?: readonly unknown[] } }>(
    context,
    ['statefulset', STATEFUL_SET, '--namespace', context.namespace],
  );
  if (set === undefined)
    throw new CliError(`expected the StatefulSet ${STATEFUL_SET} in namespace ${context.namespace}, found none`, {
      hint: 'For a bus of your own give --servers <number>.',
    });
  if ((set.spec.volumeClaimTemplates ?? []).length === 0)
    throw new CliError(
      `expected a bus with volumes, found ${STATEFUL_SET} without: its streams would be lost, because each server has to start anew`,
      {
        hint: 'Set nats.storage.enabled, or install the fleet anew: a bus without volumes loses its streams at every restart.',
      },
    );
  return set.spec.replicas;
}
