/** Reads the resources of a fleet from the API server, also those that another version wrote. For the commands and the demo. */
import { readRecord } from '@flotilla/contracts/records/read-record.ts';
import type { ResourceDefinition, ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { killSwitchResource, type KillSwitch } from '@flotilla/contracts/resources/kill-switch.ts';
import { portfolioResource, type Portfolio } from '@flotilla/contracts/resources/portfolio.ts';
import { signalSourceResource, type SignalSource } from '@flotilla/contracts/resources/signal-source.ts';
import { strategyResource, type Strategy } from '@flotilla/contracts/resources/strategy.ts';
import { kubectlJson } from '../cluster/kubectl.ts';
import type { CliContext } from '../session/context.ts';
import type { FleetResources } from './fleet.ts';

const DEFINITIONS = [portfolioResource, strategyResource, signalSourceResource, killSwitchResource] as const;
const KINDS = DEFINITIONS.map(({ plural }) => `${plural}.flotilla.dev`).join(',');

type Item = ResourceObject;

/** Everything of the namespace, and every halt of the cluster, in one call. @throws CliError. */
export async function readResources(context: CliContext): Promise<FleetResources> {
  const { items } = await kubectlJson<{ readonly items: readonly Item[] }>(context, ['get', KINDS, '--namespace', context.namespace]);
  return sortResources(items);
}

/** The objects by kind, and a problem for each that this build cannot read. Pure. */
export function sortResources(items: readonly Item[]): FleetResources {
  const problems: string[] = [];
  const ofKind = (definition: ResourceDefinition): readonly Item[] =>
    items.filter(({ kind }) => kind === definition.kind).flatMap((item) => readItem(definition, item, problems) ?? []);
  return {
    portfolios: ofKind(portfolioResource) as readonly Portfolio[],
    strategies: ofKind(strategyResource) as readonly Strategy[],
    signalSources: ofKind(signalSourceResource) as readonly SignalSource[],
    killSwitches: ofKind(killSwitchResource) as readonly KillSwitch[],
    problems,
  };
}

/** Without its status when only the status cannot be read; undefined when the spec cannot be read. */
function readItem(definition: ResourceDefinition, item: Item, problems: string[]): Item | undefined {
  const name = `${item.kind} ${item.metadata.name}`;
  const spec = readRecord(definition.spec, item.spec);
  if (!spec.ok) {
    problems.push(`${name}: this version of the command cannot read its spec: ${spec.problem}`);
    return undefined;
  }
  const { status: given, ...rest } = item;
  if (given === undefined) return { ...rest, spec: spec.value };
  const status = readRecord(definition.status, given);
  if (status.ok) return { ...rest, spec: spec.value, status: status.value };
  problems.push(`${name}: this version of the command cannot read its status: ${status.problem}`);
  return { ...rest, spec: spec.value };
}
