/** Runs one contender on its own control plane, with a stage that plays the pods. */
import { startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import type { NatsBus } from '@flotilla/runtime';
import { KINDS } from '@flotilla/operator/kinds.ts';
import type { KubeManifest, ResourceType } from '@flotilla/kube/mod.ts';
import type { Contender, RunningContender } from './contender.ts';
import { type ControlPlane, NAMESPACE, startControlPlane } from './control-plane.ts';
import { type FakeExec, startFakeExec } from './fake-exec.ts';
import { portfolio, portfolioCount, portfolioName, riskPolicy, strategy } from './fleet.ts';
import { startStage, type Stage } from './stage.ts';

const FIRST_READY_MS_MAX = 60_000;
/** Creates under way at once. */
const CREATORS = 16;
/** Position of an extra Strategy, which shows that the contender works and is not measured. */
const WARM_UP_POSITION = 99_998;

export interface Session {
  readonly contender: RunningContender;
  readonly control: ControlPlane;
  readonly stage: Stage;
  readonly bus: NatsBus | undefined;
  readonly portfolios: number;
  /** Watches that the contender holds open. */
  readonly watches: number;
  /** Another instance of the same contender. */
  startAnother(instance: string): Promise<RunningContender>;
  create(type: ResourceType, manifest: KubeManifest): Promise<void>;
  /** Creates the Strategies `from` … `from + count - 1` in one burst; resolves when the API server has them. */
  createStrategies(from: number, count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves when the contender has made the first Strategy ready. `strategies`: how many there will be. */
export async function startSession(contender: Contender, strategies: number): Promise<Session> {
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.toReversed()) await one();
  };
  try {
    const [control, nats] = await Promise.all([startControlPlane(), contender.needsBus ? startNatsServer() : undefined]);
    stops.push(() => control.stop());
    if (nats !== undefined) stops.push(() => nats.stop());
    const portfolios = portfolioCount(strategies);
    const names = Array.from({ length: portfolios }, (_, position) => portfolioName(position));
    const create = async (type: ResourceType, manifest: KubeManifest): Promise<void> => {
      await control.cluster.create(type, manifest);
    };
    await create(KINDS.riskPolicy, riskPolicy('50000'));
    for (const name of names) await create(KINDS.portfolio, portfolio(name));
    const stage = startStage(control.api.connect('flotilla-bench-pods'));
    stops.push(() => stage.stop());
    await Promise.all([stage.strategies.synced, stage.deployments.synced]);
    const watchesBefore = await control.watches();
    const input = { kubeconfigPath: control.api.kubeconfigPath, namespace: NAMESPACE, nats };
    const start = async (instance: string): Promise<RunningContender> => {
      const running = await contender.start({ ...input, instance });
      stops.push(() => running.process.stop());
      return running;
    };
    const running = await start('bench-0');
    const bus = nats === undefined ? undefined : await openTestBus({ url: nats.url });
    if (bus !== undefined) stops.push(() => bus.close());
    const exec: FakeExec | undefined = bus === undefined ? undefined : startFakeExec(bus, names);
    stops.push(() => exec?.stop());
    await create(KINDS.strategy, strategy(WARM_UP_POSITION, portfolios));
    await eventually(
      `${contender.name} makes the first Strategy ready`,
      () => {
        if (!running.process.isRunning()) throw new Error('it ended');
        return stage.readyCount() === 1;
      },
      FIRST_READY_MS_MAX,
    ).catch((error: unknown) => {
      throw new Error(`${contender.name} did not make the first Strategy ready:\n${running.process.log()}`, { cause: error });
    });
    const watches = (await control.watches()) - watchesBefore;
    return {
      contender: running,
      control,
      stage,
      bus,
      portfolios,
      watches,
      startAnother: start,
      create,
      async createStrategies(from, count) {
        let next = from;
        const creator = async (): Promise<void> => {
          for (let position = next++; position < from + count; position = next++) {
            await create(KINDS.strategy, strategy(position, portfolios));
          }
        };
        await Promise.all(Array.from({ length: CREATORS }, creator));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
