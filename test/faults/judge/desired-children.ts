/**
 * Which children may be deleted, judged from the resources alone and without a line of the operator's code. Pure.
 *
 * An operator may lag behind, so a delete is right when its object was unwanted at any moment of the object's own life.
 */
import { INSTRUMENT_CATALOGUE } from '@flotilla/contracts/money/instrument.ts';
import type { KubeObject } from '@flotilla/kube/mod.ts';

interface Reference {
  readonly name: string;
}

interface Spec {
  readonly portfolioRef?: Reference;
  readonly riskPolicyRef?: Reference;
  readonly agent?: { readonly builtIn: string };
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly instruments?: readonly (string | { readonly symbol: string })[];
}

/** Objects by plural and name at one moment. */
export type Moment = ReadonlyMap<string, ReadonlyMap<string, KubeObject>>;

const AGENTS = new Set(['Momentum', 'MeanReversion', 'Alert']);

/** Undefined: the operator has no business to delete it at that moment. */
export function whyUnwanted(resource: string, object: KubeObject, moment: Moment): string | undefined {
  switch (object.metadata.labels?.['app.kubernetes.io/component']) {
    case 'gateway':
      return noneOf(moment, 'signalsources') ? 'no SignalSource is left' : undefined;
    case 'audit':
      return resource !== 'persistentvolumeclaims' && noneOf(moment, 'portfolios') ? 'no Portfolio is left' : undefined;
    case 'agent':
      return resource === 'deployments' ? whyStopped(object.metadata.labels['flotilla.dev/strategy'] ?? '', moment) : undefined;
    default:
      return undefined;
  }
}

/** Why a strategy cannot run at all. */
function whyStopped(name: string, moment: Moment): string | undefined {
  const strategy = moment.get('strategies')?.get(name);
  if (strategy === undefined || strategy.metadata.deletionTimestamp !== undefined) return 'its Strategy is gone, or about to go';
  const { portfolioRef, riskPolicyRef, agent, parameters, instruments } = specOf(strategy);
  if (!AGENTS.has(agent?.builtIn ?? '')) return 'the agent is unknown';
  if (Number(parameters?.['fastBars'] ?? 10) >= Number(parameters?.['slowBars'] ?? 30)) return 'the parameters are wrong';
  const portfolio = moment.get('portfolios')?.get(portfolioRef?.name ?? '');
  if (portfolio === undefined || portfolio.metadata.deletionTimestamp !== undefined) return 'the Portfolio is missing';
  const policies = [specOf(portfolio).riskPolicyRef?.name, riskPolicyRef?.name].filter((one) => one !== undefined);
  if (policies.some((policy) => moment.get('riskpolicies')?.get(policy) === undefined)) return 'a RiskPolicy is missing';
  const known = new Set(
    [...INSTRUMENT_CATALOGUE, ...(specOf(portfolio).instruments ?? [])].map((one) => (typeof one === 'string' ? one : one.symbol)),
  );
  return instruments?.every((one) => typeof one === 'string' && known.has(one)) === true ? undefined : 'an instrument is unknown';
}

function noneOf(moment: Moment, resource: string): boolean {
  return [...(moment.get(resource)?.values() ?? [])].every(({ metadata }) => metadata.deletionTimestamp !== undefined);
}

function specOf(object: KubeObject): Spec {
  return (object as KubeObject & { readonly spec?: Spec }).spec ?? {};
}
