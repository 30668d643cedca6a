/** Sends order intents, each with the identity of its own strategy at the bus, and reads the answer of exec to each. For the demo. */
import { setTimeout as sleep } from 'node:timers/promises';
import { askToken } from '@flotilla/cli/cluster/ask-token.ts';
import { openBus } from '@flotilla/cli/cluster/connect.ts';
import { kubectlJson } from '@flotilla/cli/cluster/kubectl.ts';
import type { CliContext } from '@flotilla/cli/session/context.ts';
import { FlotillaError, orderIntentId, parseEvent, subjects, type OrderEvent } from '@flotilla/contracts';
import { agentDeploymentName } from '@flotilla/operator/fleet/workload-names.ts';
import { makeEnvelope, type NatsBus, publishEvent, systemClock, systemRng } from '@flotilla/runtime';
import { makeIntent } from './make-intent.ts';
import { type OrderDraft, type Scenario, STRATEGIES } from './scenarios.ts';

const KEY_BYTES = 32;
const OUTCOME_MS_MAX = 15_000;
const POLL_MS = 20;
/** Statuses after which more events of an order follow. */
const OPEN = new Set<OrderEvent['status']>(['ACCEPTED', 'RESTING', 'PARTIALLY_FILLED']);

export interface OrderDesk {
  /** The last event of each order, when every order has ended. @throws Error when that takes too long. */
  send(scenario: Scenario): Promise<readonly OrderEvent[]>;
  /** Sends an order of `draft` with the identity of another strategy, and gives the reason why the bus refuses it. @throws Error when the bus takes it */
  sendAs(other: OrderDraft['strategy'], draft: OrderDraft): Promise<string>;
  /** When the newest price of EUR-USD was stored, milliseconds since the epoch; undefined without a price. */
  lastPriceMs(): Promise<number | undefined>;
  close(): Promise<void>;
}

/** @throws CliError when a token cannot be had or NATS cannot be reached. */
export async function openOrderDesk(context: CliContext, run: string): Promise<OrderDesk> {
  const bus = await openBus(context);
  const buses = await openStrategyBuses(context, run);
  // An agent derives the ids of its intents from its key. This key lives for one run.
  const key = systemRng.bytes(KEY_BYTES);
  const last = new Map<string, OrderEvent>();
  const revisions = await readRevisions(context);
  let nextSequence = 1;
  let sentCount = 0;

  async function publish(draft: OrderDraft, sender = draft.strategy): Promise<string> {
    const id = orderIntentId(key, 'limits', (sentCount += 1));
    const envelope = makeEnvelope({ id, corrId: id, clock: systemClock, service: 'examples', revision: 'dev' });
    const intent = makeIntent(draft, envelope, run, revisions.get(`${draft.strategy}-${run}`));
    await publishEvent(buses[sender], {
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
      const ids = await Promise.all(Array.from({ length: scenario.count ?? 1 }, () => publish(scenario.order)));
      const deadlineMs = performance.now() + OUTCOME_MS_MAX;
      for (;;) {
        await readNew();
        const events = ids.flatMap((id) => last.get(id) ?? []);
        if (events.length === ids.length && events.every(({ status }) => !OPEN.has(status))) return events;
        if (performance.now() > deadlineMs) throw new Error(`expected exec to decide within ${OUTCOME_MS_MAX / 1_000} s, see its logs`);
        await sleep(POLL_MS);
      }
    },
    async sendAs(other, draft) {
      try {
        await publish(draft, other);
      } catch (error) {
        if (error instanceof FlotillaError && error.code === 'BUS_REFUSED') return error.message;
        throw error;
      }
      throw new Error(`expected the bus to refuse an order of ${draft.strategy} from ${other}, found that the bus stored it`);
    },
    async lastPriceMs() {
      const prices = await bus.lastPerSubject('SIGNALS', 'signals.normalized.*.EUR-USD');
      return prices.length === 0 ? undefined : Math.max(...prices.map(({ storedAtMs }) => storedAtMs));
    },
    async close() {
      await Promise.all([bus, ...Object.values(buses)].map((each) => each.close()));
    },
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

/** Each strategy has an account of its own at the bus. Its pod would show a token of the same ServiceAccount. */
async function openStrategyBuses(context: CliContext, run: string): Promise<Readonly<Record<OrderDraft['strategy'], NatsBus>>> {
  const entries = STRATEGIES.map(async (strategy) => {
    const natsToken = await askToken(context, agentDeploymentName(`${strategy}-${run}`));
    return [strategy, await openBus({ ...context, natsToken })] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<OrderDraft['strategy'], NatsBus>;
}
