/** Asks the store what the gateways may do, and tells of what they may and must not. */
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import { storeCells } from './store-cells.ts';

/** Leaks that are named. */
const NAMED_MAX = 8;

export interface StoreProbeOptions {
  /** Names of the users of the gateways, by namespace. */
  users(): ReadonlyMap<string, string>;
  /** The store's own judgement; runs nothing. */
  wouldAllow(user: string, command: readonly string[]): Promise<boolean>;
  /** Tells the audit log. */
  tellLeak(namespace: string, leaks: readonly string[]): Promise<void>;
  /** Notes how many gateways may do what they must not. */
  noteLeaks(gatewayCount: number): void;
  count(outcome: 'enforced' | 'leak' | 'unanswered'): void;
  readonly logger: KernelLogger;
}

/** One round over all gateways. @throws FlotillaError when the store does not answer */
export async function probeStore(options: StoreProbeOptions): Promise<void> {
  const users = options.users();
  const namespaces = [...users.keys()];
  let leakCount = 0;
  for (const [namespace, user] of users) {
    const { forbidden, allowed } = storeCells(namespace, namespaces);
    const leaks = await filterAsync(forbidden, (command) => options.wouldAllow(user, command));
    const missing = await filterAsync(allowed, async (command) => !(await options.wouldAllow(user, command)));
    options.count(leaks.length > 0 ? 'leak' : missing.length > 0 ? 'unanswered' : 'enforced');
    if (leaks.length === 0) continue;
    leakCount += 1;
    const named = leaks.slice(0, NAMED_MAX).map((command) => command.join(' '));
    options.logger.error({ user, leaks: named, leakCount: leaks.length }, 'a gateway may do at the store what it must not do');
    await options.tellLeak(namespace, named);
  }
  options.noteLeaks(leakCount);
}

async function filterAsync<T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<readonly T[]> {
  const kept: T[] = [];
  for (const item of items) if (await test(item)) kept.push(item);
  return kept;
}
