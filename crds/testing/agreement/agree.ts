/** Gives many random specs to zod and to the API server and compares the verdicts. */
import type { ResourceKind } from '@flotilla/contracts/resources/catalogue.ts';
import type { Cluster } from '@flotilla/kube/mod.ts';
import { differenceOf } from './differences.ts';
import { randomSpec } from './random-spec.ts';
import { serverVerdict, type Verdict, zodVerdict } from './verdicts.ts';

/** Requests under way: enough that neither side waits for the other. */
const WORKERS = 16;
/** Disagreements that are kept in full. */
const KEPT_MAX = 20;

export interface Disagreement {
  readonly kind: ResourceKind;
  readonly seed: number;
  readonly index: number;
  readonly spec: unknown;
  readonly zod: Verdict;
  readonly server: Verdict;
}

export interface Agreement {
  readonly kind: ResourceKind;
  readonly values: number;
  readonly accepted: number;
  readonly refused: number;
  /** Disagreements of the documented sorts, by sort. */
  readonly documented: ReadonlyMap<string, number>;
  readonly disagreements: number;
  /** The first of them. */
  readonly kept: readonly Disagreement[];
}

/** Accepted values agree when both fill in the same defaults. */
export async function findDisagreements(kind: ResourceKind, seed: number, values: number, cluster: Cluster): Promise<Agreement> {
  const documented = new Map<string, number>();
  const kept: Disagreement[] = [];
  let [accepted, refused, disagreements, next] = [0, 0, 0, 0];
  const work = async (): Promise<void> => {
    while (next < values) {
      const index = next;
      next += 1;
      const spec = randomSpec(kind, seed, index);
      const [zod, server] = [zodVerdict(kind, spec), await serverVerdict(kind, spec, cluster)];
      if (server.accepted) accepted += 1;
      else refused += 1;
      if (zod.accepted === server.accepted && (!zod.accepted || zod.says === server.says)) continue;
      const difference = differenceOf(kind, spec, zod, server);
      if (difference !== undefined) {
        documented.set(difference, (documented.get(difference) ?? 0) + 1);
        continue;
      }
      disagreements += 1;
      if (kept.length < KEPT_MAX) kept.push({ kind, seed, index, spec, zod, server });
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return { kind, values, accepted, refused, documented, disagreements, kept };
}

/** Both verdicts, the value, and the command that repeats the comparison. */
export function describeDisagreement({ kind, seed, index, spec, zod, server }: Disagreement): string {
  const words = ({ accepted, says }: Verdict): string => `${accepted ? 'takes it' : 'refuses it'}: ${says}`;
  return [
    `${kind}, seed ${seed}, value ${index}: ${JSON.stringify(spec)}`,
    `  zod ${words(zod)}`,
    `  the API server ${words(server)}`,
    `  again: node crds/testing/agreement/main.ts --kind ${kind} --seed ${seed} --index ${index}`,
  ].join('\n');
}
