/** Gauges over the objects of every kind, read from the caches at each scrape. */
import type { KillSwitchStatus } from '@flotilla/contracts/resources/kill-switch.ts';
import type { PortfolioStatus } from '@flotilla/contracts/resources/portfolio.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { StrategyStatus } from '@flotilla/contracts/resources/strategy.ts';
import type { Watches } from '../watches.ts';
import { SPEC_UNDERSTOOD } from './unknown-fields.ts';

type Labels = Readonly<Record<string, string>>;
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

interface CollectedGauge {
  set(labels: Record<string, string>, value: number): void;
  reset(): void;
}
interface GaugeSource {
  gauge(name: string, help: string, labelNames: readonly string[], collect: (gauge: CollectedGauge) => void): unknown;
}
/** The live copies that the gauges read. */
export interface MeasuredResources {
  readonly killSwitches: Watches['killSwitches'];
  /** Namespaces that the operator serves, with views of their objects. */
  readonly tenants: readonly { readonly namespace: string; readonly watches: Pick<Watches, (typeof NAMESPACED)[number]> }[];
}
const NAMESPACED = ['portfolios', 'strategies', 'riskPolicies', 'agentRoles', 'signalSources'] as const;

/**
 * Counts objects by reason instead of showing each, so a fleet of ten thousand costs as much as one of ten. Only portfolios and halts have names.
 * Label `tenant`: the namespace of the objects; empty for a KillSwitch, which has none.
 */
export function watchResources(metrics: GaugeSource, resources: () => MeasuredResources): void {
  const gauge = (name: string, help: string, labelNames: readonly string[], samples: () => readonly Sample[]): void => {
    metrics.gauge(name, help, labelNames, (collected) => {
      collected.reset();
      for (const { labels, value } of samples()) collected.set(labels, value);
    });
  };
  const killSwitches = (): readonly ResourceObject[] => resources().killSwitches.list();
  const ofTenants = (samples: (watches: MeasuredResources['tenants'][number]['watches']) => readonly Sample[]): readonly Sample[] =>
    resources().tenants.flatMap(({ namespace, watches }) => ofTenant(namespace, samples(watches)));
  gauge(
    'flotilla_resources',
    'Objects by kind, state (Ready, Reconciling, Stalled, New) and reason',
    ['tenant', 'kind', 'state', 'reason'],
    () => [
      ...ofTenant('', countByReason('KillSwitch', killSwitches())),
      ...ofTenants((watches) => NAMESPACED.flatMap((name) => countByReason(watches[name].type.kind, watches[name].list()))),
    ],
  );
  gauge('flotilla_resources_unknown_fields', 'Objects with fields that this operator does not know and ignores', ['tenant', 'kind'], () => [
    ...ofTenant('', countUnknownFields('KillSwitch', killSwitches())),
    ...ofTenants((watches) => NAMESPACED.flatMap((name) => countUnknownFields(watches[name].type.kind, watches[name].list()))),
  ]);
  gauge('flotilla_strategies', 'Strategies by portfolio and state', ['tenant', 'portfolio', 'state'], () =>
    ofTenants((watches) => countStrategies(watches.strategies.list())),
  );
  gauge('flotilla_portfolio_trading', '1 for the state of each portfolio and its reason', ['tenant', 'portfolio', 'state', 'reason'], () =>
    ofTenants((watches) => tradingStates(watches.portfolios.list())),
  );
  gauge('flotilla_kill_switches', 'KillSwitches by state', ['state'], () => countKillSwitches(killSwitches()));
  gauge(
    'flotilla_halt_step_seconds',
    'From when the operator saw a KillSwitch to each step of the halt',
    ['kill_switch', 'tenant', 'portfolio', 'step'],
    () => haltSteps(killSwitches()),
  );
}

function ofTenant(tenant: string, samples: readonly Sample[]): readonly Sample[] {
  return samples.map(({ labels, value }) => ({ labels: { tenant, ...labels }, value }));
}

function countUnknownFields(kind: string, objects: readonly ResourceObject[]): readonly Sample[] {
  return [{ labels: { kind }, value: objects.filter(hasUnknownFields).length }];
}

export function countByReason(kind: string, objects: readonly ResourceObject[]): readonly Sample[] {
  return count(objects.map((object) => ({ kind, ...verdictOf(object) })));
}

export function countStrategies(strategies: readonly ResourceObject[]): readonly Sample[] {
  return count(
    strategies.map(({ spec, status }) => ({
      portfolio: (spec as { readonly portfolioRef?: { readonly name?: string } } | undefined)?.portfolioRef?.name ?? '',
      state: (status as StrategyStatus | undefined)?.state ?? 'New',
    })),
  );
}

export function tradingStates(portfolios: readonly ResourceObject[]): readonly Sample[] {
  return portfolios.map(({ metadata, status }) => {
    const { tradingState = 'UNKNOWN', tradingReason = '' } = (status ?? {}) as Partial<PortfolioStatus>;
    return { labels: { portfolio: metadata.name, state: tradingState, reason: tradingReason }, value: 1 };
  });
}

export function countKillSwitches(killSwitches: readonly ResourceObject[]): readonly Sample[] {
  const zero = (['Engaging', 'Engaged', 'Releasing'] as const).map((state) => ({ labels: { state }, value: 0 }));
  const found = count(killSwitches.map(({ status }) => ({ state: (status as KillSwitchStatus | undefined)?.state ?? 'Engaging' })));
  return [...zero.filter((sample) => !found.some(({ labels }) => labels['state'] === sample.labels.state)), ...found];
}

const STEPS = {
  gate_closed: 'gateClosedDurationMs',
  zero_open_orders: 'zeroOpenOrdersDurationMs',
  agents_scaled_to_zero: 'agentsScaledToZeroDurationMs',
} as const;

export function haltSteps(killSwitches: readonly ResourceObject[]): readonly Sample[] {
  return killSwitches.flatMap(({ metadata, status }) =>
    ((status as KillSwitchStatus | undefined)?.portfolios ?? []).flatMap((portfolio) =>
      Object.entries(STEPS).flatMap(([step, field]) => {
        const durationMs = portfolio[field];
        const labels = { kill_switch: metadata.name, tenant: portfolio.namespace, portfolio: portfolio.name, step };
        return durationMs === undefined ? [] : [{ labels, value: durationMs / 1_000 }];
      }),
    ),
  );
}

function hasUnknownFields({ status }: ResourceObject): boolean {
  const { conditions = [] } = (status ?? {}) as Pick<PortfolioStatus, 'conditions'>;
  return conditions.some(({ type }) => type === SPEC_UNDERSTOOD);
}

/** New: the operator has not seen it, or not this generation of it. */
function verdictOf({ metadata, status }: ResourceObject): { readonly state: string; readonly reason: string } {
  const { observedGeneration, conditions = [] } = (status ?? {}) as Pick<PortfolioStatus, 'observedGeneration' | 'conditions'>;
  if (observedGeneration !== metadata.generation) return { state: 'New', reason: '' };
  const holds = ['Ready', 'Stalled', 'Reconciling'].map((type) => conditions.find((one) => one.type === type && one.status === 'True'));
  const held = holds.find((condition) => condition !== undefined);
  return held === undefined ? { state: 'New', reason: '' } : { state: held.type, reason: held.reason };
}

function count(labels: readonly Labels[]): readonly Sample[] {
  const counted = new Map<string, { readonly labels: Labels; value: number }>();
  for (const one of labels) {
    const key = JSON.stringify(Object.values(one));
    const entry = counted.get(key) ?? { labels: one, value: 0 };
    entry.value += 1;
    counted.set(key, entry);
  }
  return [...counted.values()];
}
