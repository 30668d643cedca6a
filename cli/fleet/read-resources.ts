import type { KillSwitch } from '@flotilla/contracts/resources/kill-switch.ts';
import type { Portfolio } from '@flotilla/contracts/resources/portfolio.ts';
import type { SignalSource } from '@flotilla/contracts/resources/signal-source.ts';
import type { Strategy } from '@flotilla/contracts/resources/strategy.ts';
import type { CliContext } from '../context.ts';
import { kubectlJson } from '../cluster/kubectl.ts';
import type { FleetResources } from './fleet.ts';

const KINDS = ['portfolios', 'strategies', 'signalsources', 'killswitches'].map((plural) => `${plural}.flotilla.dev`).join(',');

type Item = Portfolio | Strategy | SignalSource | KillSwitch;

/** Everything of the namespace, and every halt, in one call. @throws CliError. */
export async function readResources(context: CliContext): Promise<FleetResources> {
  const { items } = await kubectlJson<{ readonly items: readonly Item[] }>(context, ['get', KINDS, '--namespace', context.namespace]);
  const ofKind = <T extends Item>(kind: string) => items.filter((item): item is T => item.kind === kind);
  return {
    portfolios: ofKind<Portfolio>('Portfolio'),
    strategies: ofKind<Strategy>('Strategy'),
    signalSources: ofKind<SignalSource>('SignalSource'),
    killSwitches: ofKind<KillSwitch>('KillSwitch'),
  };
}
