/** The agent process: one strategy of one portfolio. The only file of the workspace that reads the environment. */
import { AGENT_IN_FLIGHT_MAX, agentConsumer, type Clock } from '@flotilla/contracts';
import {
  connectBus,
  makeLogger,
  makeMetrics,
  type Lifetime,
  loadConfig,
  type Logger,
  makeHealth,
  type Metrics,
  type NatsBus,
  openBucket,
  type RunningConsumer,
  runService,
  startConsumer,
  startHealthServer,
  startTracing,
  systemClock,
  systemRng,
  type Tracing,
} from '@flotilla/runtime';
import { loginOfSettings } from '@flotilla/runtime/identity/login.ts';
import { probeNetwork } from '@flotilla/runtime/network/probe-network.ts';
import { retryWithBackOff } from '@flotilla/runtime/retry/retry-with-back-off.ts';
import { runAgentReporter } from './runner/agent-status.ts';
import { type Agent, makeAgent } from './runner/agent.ts';
import { bindStrategy, type BoundStrategy } from './runner/bound-strategy.ts';
import { type CheckpointKeeper, makeCheckpointKeeper } from './runner/checkpoint-keeper.ts';
import { type CheckpointStore, openCheckpointStore } from './runner/checkpoint.ts';
import { type HoldingsKeeper, makeHoldingsKeeper } from './runner/holdings-keeper.ts';
import type { Owner } from './runner/read-own-history.ts';
import { type AgentSettings, agentSettingsSchema } from './runner/settings.ts';

const SERVICE = 'agents';
/** While the bus is away, until the counts of an earlier process are known. */
const RESTORE_DELAYS = { firstMs: 500, maxMs: 5_000 };

/** Ports and adapters that every part of the process uses. */
interface Ports {
  readonly settings: AgentSettings;
  readonly owner: Owner;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly bus: NatsBus;
}

async function start(lifetime: Lifetime): Promise<void> {
  const settings = loadConfig(SERVICE, agentSettingsSchema, process.env);
  const bound = bindStrategy(
    settings.FLOTILLA_AGENT,
    settings.FLOTILLA_PARAMETERS,
    settings.FLOTILLA_INSTRUMENTS,
    settings.FLOTILLA_VENUES,
  );
  const ports = await openPorts(settings, lifetime);
  const { agent, keeper, holdings } = startAgent(ports, bound, lifetime);
  const consumer = await startSignalConsumer(ports, bound, agent);
  consumer.ended.catch((error: unknown) => lifetime.end(error));
  lifetime.onStop('consumer', () => consumer.stop());
  const health = makeHealth({
    service: SERVICE,
    metrics: ports.metrics,
    checks: {
      bus: () => ports.bus.problem(),
      consumer: () => consumer.healthy(),
      checkpoint: () => keeper.problem(),
      executions: () => holdings.problem(),
    },
  });
  probeNetwork(lifetime, { ...ports, principal: { role: 'SignalAgent', ...ports.owner }, settings });
  const server = await startHealthServer(health, settings.HOST, settings.PORT);
  lifetime.onStop('health', () => server.close());
}

async function openPorts(settings: AgentSettings, lifetime: Lifetime): Promise<Ports> {
  const owner = { portfolio: settings.FLOTILLA_PORTFOLIO, strategy: settings.FLOTILLA_STRATEGY };
  const clock = systemClock;
  const logger = makeLogger({ service: SERVICE, revision: settings.FLOTILLA_REVISION, level: settings.LOG_LEVEL }).child(owner);
  lifetime.useLogger(logger);
  const metrics = makeMetrics(SERVICE);
  const tracing = await startTracing(SERVICE, settings.OTEL_EXPORTER_OTLP_ENDPOINT);
  lifetime.onStop('traces', () => tracing.stop());
  const bus = await connectBus({
    url: settings.NATS_URL,
    login: loginOfSettings(settings),
    name: settings.POD_NAME,
    logger,
    clock,
    metrics,
  });
  lifetime.onStop('bus', () => bus.close());
  return { settings, owner, clock, logger, metrics, tracing, bus };
}

interface RunningAgent {
  readonly agent: Agent;
  readonly keeper: CheckpointKeeper;
  readonly holdings: HoldingsKeeper;
}

/** The agent with its background work; signals come by the consumer. */
function startAgent(ports: Ports, bound: BoundStrategy, lifetime: Lifetime): RunningAgent {
  const { settings, owner, bus, clock, logger } = ports;
  const stopping = new AbortController();
  const checkpoints = openCheckpoints(ports, bound);
  const keeper = makeCheckpointKeeper(checkpoints, clock, logger);
  lifetime.onStop('checkpoint', () => keeper.flush());
  const holdings = makeHoldingsKeeper({
    bus,
    clock,
    logger,
    owner,
    instruments: bound.instruments,
    onChange: () => {
      keeper.changed(() => agent.checkpoint());
      agent.holdingsChanged();
    },
  });
  const agent = makeAgent({
    ...ports,
    bound,
    checkpoints,
    holdings,
    keeper,
    agentKey: settings.FLOTILLA_AGENT_KEY,
    service: SERVICE,
    revision: settings.FLOTILLA_REVISION,
    strategyRevision: settings.FLOTILLA_STRATEGY_REVISION,
    publications: settings.FLOTILLA_PUBLICATIONS,
  });
  const reporter = { bucket: openBucket(bus, 'STATUS'), clock, logger, owner, instance: settings.POD_NAME, report: () => agent.report() };
  const background = [
    restoreCounts(ports, checkpoints, agent, stopping.signal),
    holdings.run(stopping.signal),
    agent.run(stopping.signal),
    runAgentReporter(reporter, stopping.signal),
  ];
  lifetime.onStop('background', async () => {
    stopping.abort(new Error('stopping'));
    await Promise.all(background);
  });
  return { agent, keeper, holdings };
}

function openCheckpoints({ settings, owner, bus, logger, metrics }: Ports, bound: BoundStrategy): CheckpointStore {
  const identity = { ...owner, parametersHash: bound.parametersHash, agentKey: settings.FLOTILLA_AGENT_KEY };
  return openCheckpointStore(openBucket(bus, 'CHECKPOINTS'), identity, (found) => {
    if ('problem' in found) {
      logger.warn({ problem: found.problem }, 'the checkpoint cannot be read; the agent starts without it');
    } else if (found.unknownFields.length > 0) {
      metrics.unknownFields.inc({ service: SERVICE }, found.unknownFields.length);
      logger.warn({ fields: found.unknownFields }, 'the checkpoint has fields that this build does not know');
    }
  });
}

async function restoreCounts({ clock, logger }: Ports, checkpoints: CheckpointStore, agent: Agent, signal: AbortSignal): Promise<void> {
  const options = { clock, rng: systemRng, logger, signal, operation: 'restore the counts', delays: RESTORE_DELAYS };
  try {
    const { checkpoint } = await retryWithBackOff(() => checkpoints.load(), { ...options, triesMax: 'untilAborted' });
    agent.restoreCounts(checkpoint);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function startSignalConsumer(ports: Ports, bound: BoundStrategy, agent: Agent): Promise<RunningConsumer> {
  const { settings, owner } = ports;
  const definition = agentConsumer(owner.portfolio, owner.strategy, [...bound.instruments.keys()]);
  return startConsumer({
    ...ports,
    rng: systemRng,
    service: SERVICE,
    revision: settings.FLOTILLA_REVISION,
    stream: definition.stream,
    consumer: definition.name,
    type: 'signals.normalized',
    maxInFlight: AGENT_IN_FLIGHT_MAX,
    ordering: 'strict',
    operation: 'decide',
    handle: (signal, delivery, context) => agent.handle(signal, delivery, context),
  });
}

await runService({ service: SERVICE, start });
