/** Starts an operator and a real exec of Portfolio `main`; the test plays agents and pods. */
import {
  type ExecStatus,
  execStatusSchema,
  formatTime,
  keys,
  type NormalizedSignal,
  type OrderEvent,
  type OrderIntent,
  parseEvent,
  SCHEMA_VERSION,
  subjects,
} from '@flotilla/contracts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { StrategyStatus } from '@flotilla/contracts/resources/strategy.ts';
import { type ExecProcess, startExecProcess } from '@flotilla/exec/testing/exec-process.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import { AGENT_SPEC_ANNOTATION, type AgentSpec, revisionOf } from '@flotilla/operator/fleet/agent-spec.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { type OperatorFixture, startOperatorFixture } from '@flotilla/operator/testing/operator-fixture.ts';
import type { DeploymentObject } from '@flotilla/operator/workload/deployment-state.ts';
import { openBucket, publishEvent } from '@flotilla/runtime';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';

export const PORTFOLIO = 'main';

export interface TradingWorld {
  readonly operator: OperatorFixture;
  startExec(): Promise<void>;
  killExec(): Promise<void>;
  /** One quote at 100, with `size` on each side. */
  quote(size?: string): Promise<void>;
  /** Publishes an order as the agent of that revision would. Resolves to the events of the order when there is one. */
  order(strategy: string, revision: string, change?: Partial<OrderIntent>): Promise<readonly OrderEvent[]>;
  orderEvents(): Promise<readonly OrderEvent[]>;
  execStatus(): Promise<ExecStatus | undefined>;
  strategy(name: string): Promise<ResourceObject<unknown, StrategyStatus> | undefined>;
  /** The revision that the agent's Deployment runs, and the count of pods that it asks for. */
  agent(strategy: string): Promise<{ readonly revision: string; readonly replicas: number } | undefined>;
  /** Plays the deployment controller and the pods for every Deployment, until `done` holds. */
  settleUntil(what: string, done: () => Promise<boolean>): Promise<void>;
  stop(): Promise<void>;
}

export async function startTradingWorld(): Promise<TradingWorld> {
  const operator = await startOperatorFixture();
  const { bus, cluster, nats } = operator;
  let exec: ExecProcess | undefined;
  let count = 0;
  const orderEvents = (): Promise<readonly OrderEvent[]> => readOrderEvents(operator);
  const settleAll = async (): Promise<void> => {
    const { items } = await cluster.list<DeploymentObject>(KUBERNETES_TYPES.deployment, { namespace: 'trading' });
    for (const { metadata } of items) await operator.settleDeployment(metadata.name).catch(() => undefined);
  };

  return {
    operator,
    async startExec() {
      exec = await startExecProcess(nats, {
        POD_NAME: `exec-${(count += 1)}`,
        LOG_LEVEL: 'warn',
      });
    },
    async killExec() {
      await exec?.kill('SIGKILL');
      exec = undefined;
    },
    async quote(size = '100') {
      const id = `quote-${(count += 1)}`;
      await publishEvent(bus, {
        type: 'signals.normalized',
        subject: subjects.signalNormalized('sim', 'BTC-USD'),
        event: quoteOf(id, size),
      });
    },
    async order(strategy, revision, change = {}) {
      const id = `intent-${(count += 1)}`;
      await publishEvent(bus, {
        type: 'decisions.order_intent',
        subject: subjects.orderIntent(PORTFOLIO, strategy),
        event: intentOf(id, strategy, revision, change),
      });
      return eventually(`an answer to ${id}`, async () => {
        const events = (await orderEvents()).filter(({ intentId }) => intentId === id);
        return events.some(({ status }) => status !== 'ACCEPTED') && events;
      });
    },
    orderEvents,
    async execStatus() {
      const entry = await openBucket(bus, 'STATUS').get(keys.execStatus(PORTFOLIO));
      return entry === undefined ? undefined : execStatusSchema.parse(JSON.parse(Buffer.from(entry.value).toString()));
    },
    strategy: (name) => operator.find<ResourceObject<unknown, StrategyStatus>>(KINDS.strategy, name),
    agent: (strategy) => findAgent(operator, strategy),
    async settleUntil(what, done) {
      await eventually(
        what,
        async () => {
          await settleAll();
          return done();
        },
        30_000,
      );
    },
    async stop() {
      await exec?.kill('SIGKILL');
      await operator.stop();
    },
  };
}

async function findAgent(operator: OperatorFixture, strategy: string): Promise<Awaited<ReturnType<TradingWorld['agent']>>> {
  const deployment = await operator.find<DeploymentObject>(KUBERNETES_TYPES.deployment, `${strategy}-agent`);
  const text = deployment?.metadata.annotations?.[AGENT_SPEC_ANNOTATION];
  if (deployment === undefined || text === undefined) return undefined;
  return { revision: revisionOf(JSON.parse(text) as AgentSpec), replicas: deployment.spec?.replicas ?? 1 };
}

function envelope(id: string) {
  return {
    schemaVersion: SCHEMA_VERSION,
    id,
    corrId: id,
    time: formatTime(Date.now()),
    producer: { service: 'test', revision: 'test' },
  };
}

async function readOrderEvents({ bus }: OperatorFixture): Promise<readonly OrderEvent[]> {
  const events: OrderEvent[] = [];
  for await (const message of bus.read('EXECUTIONS', { subject: `executions.order.${PORTFOLIO}.*`, fromSequence: 1 })) {
    events.push(parseEvent('executions.order', message.payload).event);
  }
  return events;
}

function quoteOf(id: string, size: string): NormalizedSignal {
  return {
    ...envelope(id),
    source: 'test',
    venue: 'sim',
    instrument: 'BTC-USD',
    eventTime: formatTime(Date.now()),
    kind: 'quote',
    bid: '100',
    ask: '100',
    bidSize: size,
    askSize: size,
    condition: 'NORMAL',
  };
}

function intentOf(id: string, strategy: string, revision: string, change: Partial<OrderIntent>): OrderIntent {
  return {
    ...envelope(id),
    portfolio: PORTFOLIO,
    strategy,
    strategyRevision: revision,
    instrument: 'BTC-USD',
    side: 'BUY',
    type: 'MARKET',
    quantity: '1',
    timeInForce: 'IOC',
    reduceOnly: false,
    proposalIds: [],
    expiresAt: formatTime(Date.now() + 60_000),
    ...change,
  };
}
