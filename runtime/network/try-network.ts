/** One round of the prober of the network: tries the permitted and the forbidden addresses one after the other. For `network-prober.ts`. */
import type { NetworkReport, NetworkTargets } from '@flotilla/contracts/control/network-report.ts';
import type { Address, KnockAnswer } from './knock.ts';

export type TriedNetwork = Pick<NetworkReport, 'permitted' | 'denied' | 'reached' | 'unresolved'>;

export interface TryNetworkOptions {
  readonly targets: NetworkTargets;
  readonly knock: (address: Address) => Promise<KnockAnswer>;
  /** Waits before the second try of addresses that were reached. @throws the reason of a stop */
  readonly pause: () => Promise<void>;
}

/**
 * A forbidden address counts as reached when it accepted two connections with a pause between: an engine learns of a new pod or of a changed policy
 * some seconds late. The permitted address comes last, so that its answer is not older than the silence of the others.
 *
 * @throws the reason of a stop, from `pause`
 */
export async function tryNetwork({ targets, knock, pause }: TryNetworkOptions): Promise<TriedNetwork> {
  const first: (readonly [name: string, answer: KnockAnswer])[] = [];
  for (const { name, ...address } of targets.denied) first.push([name, await knock(address)]);
  const suspects = targets.denied.filter(({ name }) => first.some(([one, answer]) => one === name && answer === 'Open'));
  if (suspects.length > 0) await pause();
  const answers = new Map(first);
  for (const { name, ...address } of suspects) answers.set(name, await knock(address));
  const namesOf = (wanted: KnockAnswer): string[] => [...answers].flatMap(([name, answer]) => (answer === wanted ? [name] : []));
  return {
    permitted: (await knock(targets.permitted)) === 'Open' ? 'Reached' : 'Silent',
    denied: namesOf('Closed'),
    reached: namesOf('Open'),
    unresolved: namesOf('Unresolved'),
  };
}
