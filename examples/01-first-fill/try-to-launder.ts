/** Tries, with the stolen token of an agent, to end the halt and to trade for another strategy, and shows that nothing changed. For the demo. */
import { setTimeout as sleep } from 'node:timers/promises';
import { askToken } from '@flotilla/cli/cluster/ask-token.ts';
import type { openBus } from '@flotilla/cli/cluster/connect.ts';
import type { CliContext } from '@flotilla/cli/session/context.ts';
import { formatTable } from '@flotilla/cli/print/table.ts';
import { ACCOUNT_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { keys, subjects } from '@flotilla/contracts';
import { agentDeploymentName } from '@flotilla/operator/fleet/workload-names.ts';
import { bucketStream, bucketSubject, openBucket } from '@flotilla/runtime/key-value.ts';
import { tokenLogin } from '@flotilla/runtime/identity/login.ts';
import { openRawLogin } from '@flotilla/runtime/testing/open-raw-connection.ts';
import type { Story } from '../story.ts';

const PORTFOLIO = 'main';
/** The agent that was taken over. */
export const STOLEN_STRATEGY = 'btc-momentum';
const OTHER = 'desk-alerts';
/** Time for the server to carry out what it has read. */
const SETTLE_MS = 200;
/** What the agent tries without the right to is kept here as evidence. */
const EVIDENCE = `quarantine.agent-${PORTFOLIO}_${STOLEN_STRATEGY}.>`;
/** A key that the agent may write and read: the forged record waits there for the server to copy it. */
const OWN_KEY = `agent.${PORTFOLIO}.${STOLEN_STRATEGY}.forged`;
const OWN_SUBJECT = bucketSubject('STATUS', OWN_KEY);
const READ_OWN = `${ACCOUNT_API_PREFIX}.DIRECT.GET.${bucketStream('STATUS')}.${OWN_SUBJECT}`;
const HALT_SUBJECT = bucketSubject('CONTROL', keys.halt(PORTFOLIO));

interface Attempt {
  readonly what: string;
  readonly subject: string;
  readonly reply?: string;
}

const ATTEMPTS: readonly Attempt[] = [
  { what: 'write a halt record that says RELEASED', subject: HALT_SUBJECT },
  { what: 'read the forged record from its own key, with the halt record as the reply', subject: READ_OWN, reply: HALT_SUBJECT },
  { what: 'the same, with the deletion of the order history as the reply', subject: READ_OWN, reply: '$JS.API.STREAM.DELETE.EXECUTIONS' },
  { what: `send an order of the strategy ${OTHER}`, subject: subjects.orderIntent(PORTFOLIO, OTHER) },
];

export interface LaunderOptions {
  readonly context: CliContext;
  readonly bus: Awaited<ReturnType<typeof openBus>>;
  readonly story: Story;
}

/** @throws Error when an attempt changed anything: the demo then fails. */
export async function tryToLaunder({ context, bus, story }: LaunderOptions): Promise<void> {
  const before = await readState(bus);
  const serviceAccount = agentDeploymentName(STOLEN_STRATEGY);
  story.say(story.style.dim(`$ kubectl create token ${serviceAccount} --audience flotilla-bus\n`));
  const attacker = await openRawLogin(context.natsUrl ?? '', tokenLogin(await askToken(context, serviceAccount)));
  const rows: (readonly [string, string])[] = [];
  try {
    const forged = { ...before.record, state: 'RELEASED', generation: Number(before.record['generation']) + 1 };
    await attacker.request(OWN_SUBJECT, JSON.stringify(forged));
    rows.push(['write its own report', await ownReport(bus)]);
    for (const { what, subject, reply } of ATTEMPTS) {
      const keptCount = await evidenceCount(bus);
      // A request for the last message on a subject has no payload.
      if (reply === undefined) attacker.publish(subject, JSON.stringify(forged));
      else attacker.publish(subject, '', { reply });
      await attacker.flush();
      await sleep(SETTLE_MS);
      if (!isSame(before, await readState(bus))) throw new Error(`expected that an agent cannot ${what}, found that the bus changed`);
      rows.push([what, (await evidenceCount(bus)) > keptCount ? 'nothing changed; the attempt is kept as evidence' : 'nothing changed']);
    }
  } finally {
    await attacker.close();
  }
  story.say(formatTable([{ title: `WITH THE TOKEN OF ${STOLEN_STRATEGY}` }, { title: 'ON THE SERVER' }], rows, story.style));
  const { record, revision } = before;
  story.say(
    `\nthe halt record says ${String(record['state'])}, generation ${String(record['generation'])}, revision ${revision}: as before.\n` +
      'Each agent has an account of its own at the bus. The halt record and the orders of other strategies are not in it.\n' +
      'The evidence is in the stream QUARANTINE and in the audit log, and the Strategy has a warning event.',
  );
}

interface BusState {
  readonly record: Readonly<Record<string, unknown>>;
  readonly revision: number;
  /** Sequence of the last order event; it stays when the stream stays. */
  readonly executions: number;
  /** Sequence of the last order of the other strategy. */
  readonly otherIntents: number;
}

function isSame(before: BusState, after: BusState): boolean {
  return after.revision === before.revision && after.executions >= before.executions && after.otherIntents === before.otherIntents;
}

async function readState(bus: LaunderOptions['bus']): Promise<BusState> {
  const entry = await openBucket(bus, 'CONTROL').get(keys.halt(PORTFOLIO));
  if (entry === undefined) throw new Error(`expected the halt record of ${PORTFOLIO}, found none`);
  const lastOf = async (...[stream, subject]: Parameters<LaunderOptions['bus']['lastPerSubject']>): Promise<number> =>
    Math.max(0, ...(await bus.lastPerSubject(stream, subject)).map(({ sequence }) => sequence));
  return {
    record: JSON.parse(Buffer.from(entry.value).toString('utf8')) as Readonly<Record<string, unknown>>,
    revision: entry.revision,
    executions: await lastOf('EXECUTIONS', `executions.order.${PORTFOLIO}.*`),
    otherIntents: await lastOf('DECISIONS', subjects.orderIntent(PORTFOLIO, OTHER)),
  };
}

async function evidenceCount(bus: LaunderOptions['bus']): Promise<number> {
  let count = 0;
  for await (const { sequence } of bus.read('QUARANTINE', { subject: EVIDENCE, fromSequence: 1 })) count += Math.sign(sequence);
  return count;
}

/** Shows that the stolen token is good, so that the refusals below are those of the bus. @throws Error when the report was not stored */
async function ownReport(bus: LaunderOptions['bus']): Promise<string> {
  const entry = await openBucket(bus, 'STATUS').get(OWN_KEY);
  if (entry === undefined) throw new Error(`expected that an agent may write ${OWN_KEY}, found that the bus refused it`);
  return 'stored: the agent may do this';
}
