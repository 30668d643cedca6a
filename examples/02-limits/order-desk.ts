/** Sends order intents with the agents' own identity at the bus, and reads the answer of exec to each. For the demo. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openBus } from '@flotilla/cli/cluster/connect.ts';
import { kubectlGet, kubectlJson } from '@flotilla/cli/cluster/kubectl.ts';
import type { CliContext } from '@flotilla/cli/session/context.ts';
import { orderIntentId, parseEvent, subjects, type OrderEvent } from '@flotilla/contracts';
import { makeEnvelope, publishEvent, systemClock, systemRng } from '@flotilla/runtime';
import { makeIntent } from './make-intent.ts';
import type { Scenario } from './scenarios.ts';

const SECRET = 'flotilla-nats-agents';
const KEY_BYTES = 32;
const OUTCOME_MS_MAX = 15_000;
const POLL_MS = 20;
/** Statuses after which more events of an order follow. */
const OPEN = new Set<OrderEvent['status']>(['ACCEPTED', 'RESTING', 'PARTIALLY_FILLED']);

export interface OrderDesk {
  /** The last event of each order, when every order has ended. @throws Error when that takes too long. */
  send(scenario: Scenario): Promise<readonly OrderEvent[]>;
  /** When the newest price of EUR-USD was stored, milliseconds since the epoch; undefined without a price. */
  lastPriceMs(): Promise<number | undefined>;
  close(): Promise<void>;
}

/** @throws CliError when the Secret or NATS cannot be reached. */
export async function openOrderDesk(context: CliContext, run: string): Promise<OrderDesk> {
  const bus = await openBus({ ...context, ...(await readCredentials(context)) });
  // An agent derives the ids of its intents from its key. This key lives for one run.
  const key = systemRng.bytes(KEY_BYTES);
  const last = new Map<string, OrderEvent>();
  const revisions = await readRevisions(context);
  let nextSequence = 1;
  let sentCount = 0;

  async function publish(scenario: Scenario): Promise<string> {
    const id = orderIntentId(key, 'limits', (sentCount += 1));
    const envelope = makeEnvelope({ id, corrId: id, clock: systemClock, service: 'examples', revision: 'dev' });
    const intent = makeIntent(scenario.order, envelope, run, revisions.get(`${scenario.order.strategy}-${run}`));
    await publishEvent(bus, {
      type: 'decisions.order_intent',
      subject: subjects.orderIntent(intent.portfolio, intent.strategy),
      event: intent,
    });
    return id;
  }

  async function readNew(): Promise<void> {
    for await (const { sequence, payload } of bus.read('EXECUTIONS', {
      subject: `executions.order.limits-${run}.*`,
      fromSequence: nextSequence,
    })) {
      const { event } = parseEvent('executions.order', payload);
      last.set(event.intentId, event);
      nextSequence = sequence + 1;
    }
  }

  return {
    async send(scenario) {
      const ids = await Promise.all(Array.from({ length: scenario.count ?? 1 }, () => publish(scenario)));
      const deadlineMs = performance.now() + OUTCOME_MS_MAX;
      for (;;) {
        await readNew();
        const events = ids.flatMap((id) => last.get(id) ?? []);
        if (events.length === ids.length && events.every(({ status }) => !OPEN.has(status))) return events;
        if (performance.now() > deadlineMs) throw new Error(`expected exec to decide within ${OUTCOME_MS_MAX / 1_000} s, see its logs`);
        await sleep(POLL_MS);
      }
    },
    async lastPriceMs() {
      const prices = await bus.lastPerSubject('SIGNALS', 'signals.normalized.*.EUR-USD');
      return prices.length === 0 ? undefined : Math.max(...prices.map(({ storedAtMs }) => storedAtMs));
    },
    close: () => bus.close(),
  };
}

/** exec takes orders of one revision of each strategy at a time. */
async function readRevisions(context: CliContext): Promise<ReadonlyMap<string, string>> {
  const { items } = await kubectlJson<{ readonly items: readonly StrategyFacts[] }>(context, [
    'get',
    'strategies',
    '--namespace',
    context.namespace,
  ]);
  return new Map(
    items.flatMap(({ metadata, status }) => (status?.revision === undefined ? [] : [[metadata.name, status.revision] as const])),
  );
}

interface StrategyFacts {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly revision?: string };
}

async function readCredentials(context: CliContext): Promise<Pick<CliContext, 'natsUser' | 'natsPassword'>> {
  const secret = await kubectlGet<{ readonly data: Readonly<Record<'user' | 'password', string>> }>(context, [
    `secret/${SECRET}`,
    '--namespace',
    context.namespace,
  ]);
  if (secret === undefined) throw new Error(`expected the Secret ${SECRET} in ${context.namespace}, found none`);
  const text = (value: string): string => Buffer.from(value, 'base64').toString();
  return { natsUser: text(secret.data.user), natsPassword: text(secret.data.password) };
}
