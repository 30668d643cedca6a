/**
 * The steps of users in a plan. Each step waits until the operator has brought the world to the state that the step asks for, however long a
 * fault holds it up.
 */
import type { Condition } from '@flotilla/contracts/resources/fields.ts';
import { KINDS } from '@flotilla/operator/kinds.ts';
import { type KubeObject, KUBERNETES_TYPES, type ResourceType } from '@flotilla/kube/mod.ts';
import { desk, deskSecret, killSwitch, policy, portfolio, replay, strategy, type UserObject, WRONG_PARAMETERS } from './objects.ts';
import type { BusRecorder } from './world/bus-recorder.ts';
import type { Recorder } from './world/recorder.ts';

export interface Step {
  readonly title: string;
  readonly apply?: readonly UserObject[];
  readonly remove?: readonly (readonly [ResourceType, string])[];
  /** Names the missing part of the step; undefined when the step is done. */
  readonly problem: (world: World) => string | undefined;
}

export interface World {
  readonly truth: Pick<Recorder, 'get' | 'list'>;
  readonly record: Pick<BusRecorder, 'config' | 'halt'>;
}

export type ScenarioName = 'trade' | 'halt' | 'recreate';

const FASTER = { fastBars: 5, slowBars: 30, quantity: '0.5' };

export const SCENARIOS: Readonly<Record<ScenarioName, readonly Step[]>> = {
  trade: [
    {
      title: 'everything is created at once',
      apply: [
        policy('conservative', '50000'),
        policy('strict', '1000'),
        portfolio('main'),
        strategy('btc', 'main'),
        strategy('eth', 'main', { instruments: ['ETH-USD'], riskPolicyRef: { name: 'strict' } }),
        deskSecret,
        desk,
        replay(['BTC-USD']),
      ],
      problem: allReady,
    },
    {
      title: 'a limit is tightened, an agent and a source change',
      apply: [policy('conservative', '40000'), strategy('btc', 'main', { parameters: FASTER }), replay(['BTC-USD', 'ETH-USD'])],
      problem: allReady,
    },
    {
      title: 'one strategy is paused, the other one becomes wrong',
      apply: [
        strategy('btc', 'main', { parameters: FASTER, desiredState: 'Paused' }),
        strategy('eth', 'main', { instruments: ['ETH-USD'], riskPolicyRef: { name: 'strict' }, ...WRONG_PARAMETERS }),
      ],
      problem: (world) =>
        reasonProblem(world, KINDS.strategy, 'btc', 'Ready', 'Paused') ??
        reasonProblem(world, KINDS.strategy, 'eth', 'Stalled', 'ParametersInvalid') ??
        goneProblem(world, KUBERNETES_TYPES.deployment, 'eth-agent'),
    },
    {
      title: 'both run again; the sources go',
      apply: [
        strategy('btc', 'main', { parameters: FASTER }),
        strategy('eth', 'main', { instruments: ['ETH-USD'], riskPolicyRef: { name: 'strict' } }),
      ],
      remove: [
        [KINDS.signalSource, 'desk'],
        [KINDS.signalSource, 'replay'],
      ],
      problem: (world) => goneProblem(world, KUBERNETES_TYPES.deployment, 'flotilla-gateway') ?? allReady(world),
    },
    { title: 'a source comes back', apply: [replay(['BTC-USD'])], problem: allReady },
  ],
  halt: [
    {
      title: 'a portfolio trades',
      apply: [policy('conservative', '50000'), portfolio('main'), strategy('btc', 'main')],
      problem: allReady,
    },
    {
      title: 'two kill switches are engaged',
      apply: [killSwitch('stop'), killSwitch('reduce', { mode: 'ReduceOnly', scope: { type: 'Namespaces', namespaces: ['trading'] } })],
      problem: (world) =>
        reasonProblem(world, KINDS.killSwitch, 'stop', 'Ready', 'Halted') ??
        reasonProblem(world, KINDS.strategy, 'btc', 'Ready', 'HaltedByKillSwitch') ??
        haltProblem(world, 'ENGAGED stop'),
    },
    {
      title: 'an agent changes during the halt; the stricter switch goes',
      apply: [strategy('btc', 'main', { parameters: FASTER })],
      remove: [[KINDS.killSwitch, 'stop']],
      problem: (world) => goneProblem(world, KINDS.killSwitch, 'stop') ?? haltProblem(world, 'ENGAGED reduce') ?? allReady(world),
    },
    {
      title: 'a namesake of it comes',
      apply: [killSwitch('stop')],
      problem: (world) => haltProblem(world, 'ENGAGED stop') ?? allReady(world),
    },
    {
      title: 'both go',
      remove: [
        [KINDS.killSwitch, 'stop'],
        [KINDS.killSwitch, 'reduce'],
      ],
      problem: (world) =>
        goneProblem(world, KINDS.killSwitch, 'stop') ??
        goneProblem(world, KINDS.killSwitch, 'reduce') ??
        haltProblem(world, 'RELEASED ') ??
        allReady(world),
    },
    {
      title: 'halted again',
      apply: [killSwitch('stop')],
      problem: (world) => haltProblem(world, 'ENGAGED stop') ?? allReady(world),
    },
    {
      title: 'a brief switch joins it',
      apply: [killSwitch('brief', { mode: 'CancelAndHold' })],
      remove: [[KINDS.killSwitch, 'stop']],
      problem: (world) => haltProblem(world, 'ENGAGED brief'),
    },
    {
      title: 'and goes before its halt is complete',
      remove: [[KINDS.killSwitch, 'brief']],
      problem: (world) => goneProblem(world, KINDS.killSwitch, 'brief') ?? haltProblem(world, 'RELEASED ') ?? allReady(world),
    },
    { title: 'halted for good', apply: [killSwitch('stop')], problem: (world) => haltProblem(world, 'ENGAGED stop') ?? allReady(world) },
    {
      title: 'another switch takes its place in one go',
      remove: [[KINDS.killSwitch, 'stop']],
      apply: [killSwitch('instead')],
      problem: (world) => goneProblem(world, KINDS.killSwitch, 'stop') ?? haltProblem(world, 'ENGAGED instead') ?? allReady(world),
    },
  ],
  recreate: [
    {
      title: 'two portfolios trade',
      apply: [policy('conservative', '50000'), portfolio('main'), portfolio('alt'), strategy('btc', 'main'), strategy('alt-btc', 'alt')],
      problem: allReady,
    },
    {
      title: 'a strategy goes',
      remove: [[KINDS.strategy, 'btc']],
      problem: (world) =>
        goneProblem(world, KINDS.strategy, 'btc') ?? goneProblem(world, KUBERNETES_TYPES.deployment, 'btc-agent') ?? allReady(world),
    },
    {
      title: 'a namesake comes; a portfolio goes with its strategy',
      apply: [strategy('btc', 'main', { parameters: FASTER })],
      remove: [
        [KINDS.portfolio, 'alt'],
        [KINDS.strategy, 'alt-btc'],
      ],
      problem: (world) =>
        goneProblem(world, KINDS.portfolio, 'alt') ??
        goneProblem(world, KINDS.strategy, 'alt-btc') ??
        goneProblem(world, KUBERNETES_TYPES.deployment, 'alt-exec') ??
        allReady(world),
    },
    {
      title: 'that portfolio comes back before its limits',
      apply: [portfolio('alt', 'late'), strategy('alt-btc', 'alt')],
      problem: (world) =>
        reasonProblem(world, KINDS.portfolio, 'alt', 'Stalled', 'RiskPolicyNotFound') ??
        reasonProblem(world, KINDS.strategy, 'alt-btc', 'Stalled', 'RiskPolicyNotFound'),
    },
    { title: 'its limits come, and go on being its limits', apply: [policy('late', '30000')], problem: allReady },
  ],
};

interface WithConditions extends KubeObject {
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

/** Every object of our kinds is Ready for its newest generation. */
export function allReady({ truth }: World): string | undefined {
  for (const type of Object.values(KINDS)) {
    for (const object of truth.list(type) as readonly WithConditions[]) {
      const { metadata, status } = object;
      const ready = status?.conditions?.find((condition) => condition.type === 'Ready');
      if (metadata.deletionTimestamp !== undefined) return `${type.kind} ${metadata.name} is still going`;
      if (ready?.status === 'True' && status?.observedGeneration === metadata.generation) continue;
      return `${type.kind} ${metadata.name} is not Ready: ${ready?.reason ?? 'no condition'} ${ready?.message ?? ''}`;
    }
  }
  return undefined;
}

function reasonProblem({ truth }: World, type: ResourceType, name: string, condition: string, reason: string): string | undefined {
  const { metadata, status } = (truth.get(type, name) ?? { metadata: { name } }) as WithConditions;
  const found = status?.conditions?.find((one) => one.type === condition);
  if (found?.reason === reason && status?.observedGeneration === metadata.generation) return undefined;
  return `${type.kind} ${name} has ${condition} for ${found?.reason ?? 'no reason'} instead of ${reason}`;
}

function goneProblem({ truth }: World, type: ResourceType, name: string): string | undefined {
  return truth.get(type, name) === undefined ? undefined : `${type.kind} ${name} is still there`;
}

function haltProblem({ record }: World, expected: string): string | undefined {
  const halt = record.halt('main');
  const found = `${halt?.state ?? 'no'} ${halt?.killSwitch ?? ''}`;
  return found === expected ? undefined : `the halt record of main is "${found}" instead of "${expected}"`;
}
