/** Tries, with the stolen password of an agent, to make the bus end the halt for it, and shows that nothing changed. For the demo. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { openBus } from '@flotilla/cli/cluster/connect.ts';
import { kubectlGet } from '@flotilla/cli/cluster/kubectl.ts';
import type { CliContext } from '@flotilla/cli/session/context.ts';
import { formatTable } from '@flotilla/cli/print/table.ts';
import { ACCOUNT_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { keys } from '@flotilla/contracts';
import { busSecretName } from '@flotilla/contracts/access/credential-secrets.ts';
import { bucketStream, bucketSubject, openBucket } from '@flotilla/runtime/key-value.ts';
import { openRawConnection } from '@flotilla/runtime/testing/open-raw-connection.ts';
import type { Story } from '../story.ts';

const PORTFOLIO = 'main';
const IDENTITY = 'agents';
/** Time for the server to carry out what it has read. */
const SETTLE_MS = 200;
/** A key that agents may write and read: the forged record waits there for the server to copy it. */
const OWN_KEY = keys.agentStatus(PORTFOLIO, 'launderer');

export interface LaunderOptions {
  readonly context: CliContext;
  readonly bus: Awaited<ReturnType<typeof openBus>>;
  readonly story: Story;
}

/** @throws Error when an attempt changed anything: the demo then fails. */
export async function tryToLaunder({ context, bus, story }: LaunderOptions): Promise<void> {
  const haltSubject = bucketSubject('CONTROL', keys.halt(PORTFOLIO));
  const ownSubject = bucketSubject('STATUS', OWN_KEY);
  const readOwn = `${ACCOUNT_API_PREFIX}.DIRECT.GET.${bucketStream('STATUS')}.${ownSubject}`;
  const before = await readState(bus);
  const attacker = await openRawConnection(context.natsUrl ?? '', IDENTITY, await readPassword(context));
  const attempts = [
    { what: 'write a halt record that says RELEASED', subject: haltSubject, reply: undefined },
    { what: 'read the forged record from its own key, with the halt record as the reply', subject: readOwn, reply: haltSubject },
    { what: 'the same, with the deletion of the order history as the reply', subject: readOwn, reply: '$JS.API.STREAM.DELETE.EXECUTIONS' },
  ];
  attacker.publish(
    ownSubject,
    JSON.stringify({ ...before.record, state: 'RELEASED', generation: Number(before.record['generation']) + 1 }),
  );
  await attacker.flush();
  const rows: (readonly [string, string])[] = [];
  for (const { what, subject, reply } of attempts) {
    attacker.publish(subject, '', reply === undefined ? {} : { reply });
    await attacker.flush();
    await sleep(SETTLE_MS);
    const after = await readState(bus);
    const isSame = after.revision === before.revision && after.executions >= before.executions;
    if (!isSame) throw new Error(`expected that an agent cannot ${what}, found that the bus changed`);
    rows.push([what, 'nothing changed']);
  }
  await attacker.close();
  story.say(formatTable([{ title: 'WITH THE PASSWORD OF AN AGENT' }, { title: 'ON THE SERVER' }], rows, story.style));
  story.say(
    `\nthe halt record says ${String(before.record['state'])}, generation ${String(before.record['generation'])}, revision ${before.revision}: as before.\nAgents have an account of their own at the bus, and the halt record is not in it.`,
  );
}

interface BusState {
  readonly record: Readonly<Record<string, unknown>>;
  readonly revision: number;
  /** Sequence of the last order event; it stays when the stream stays. */
  readonly executions: number;
}

async function readState(bus: LaunderOptions['bus']): Promise<BusState> {
  const entry = await openBucket(bus, 'CONTROL').get(keys.halt(PORTFOLIO));
  if (entry === undefined) throw new Error(`expected the halt record of ${PORTFOLIO}, found none`);
  const last = await bus.lastPerSubject('EXECUTIONS', `executions.order.${PORTFOLIO}.*`);
  return {
    record: JSON.parse(Buffer.from(entry.value).toString('utf8')) as Readonly<Record<string, unknown>>,
    revision: entry.revision,
    executions: Math.max(0, ...last.map(({ sequence }) => sequence)),
  };
}

async function readPassword(context: CliContext): Promise<string> {
  const name = busSecretName(IDENTITY);
  const secret = await kubectlGet<{ readonly data: { readonly password: string } }>(context, [
    `secret/${name}`,
    '--namespace',
    context.namespace,
  ]);
  if (secret === undefined) throw new Error(`expected the Secret ${name} in ${context.namespace}, found none`);
  return Buffer.from(secret.data.password, 'base64').toString('utf8');
}
