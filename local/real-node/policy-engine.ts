/** Keeps the firewall of the real node equal to the NetworkPolicies of the cluster. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { KernelLogger, Reflector } from '@flotilla/kube/mod.ts';
import type { NetworkPolicy, PolicyPod } from './policy-objects.ts';
import { policyRuleset } from './policy-ruleset.ts';

export interface PolicyEngineOptions {
  readonly pods: Pick<Reflector<PolicyPod>, 'list' | 'onChange' | 'synced'>;
  readonly policies: Pick<Reflector<NetworkPolicy>, 'list' | 'onChange' | 'synced'>;
  readonly namespaces: Pick<Reflector, 'list' | 'onChange' | 'synced'>;
  /** Loads a ruleset as a whole. */
  readonly load: (ruleset: string) => Promise<void>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly logger: KernelLogger;
}

/** Changes come in groups, and a ruleset costs a process. */
const GATHER_MS = 25;
const RETRY_MS = 1_000;

/** Keeps the node's firewall as the NetworkPolicies say, from the first whole list of each kind on. Never resolves. */
export async function runPolicyEngine({ pods, policies, namespaces, load, clock, logger }: PolicyEngineOptions): Promise<never> {
  let changed = true;
  const note = (): void => void (changed = true);
  await Promise.all([pods.synced, policies.synced, namespaces.synced]);
  pods.onChange(note);
  policies.onChange(note);
  namespaces.onChange(note);
  let loaded = '';
  for (;;) {
    await clock.sleep(GATHER_MS);
    if (!changed) continue;
    changed = false;
    const ruleset = policyRuleset({ pods: pods.list(), policies: policies.list(), namespaces: namespaces.list() });
    if (ruleset === loaded) continue;
    try {
      await load(ruleset);
      loaded = ruleset;
      logger.info({ policies: policies.list().length, pods: pods.list().length }, 'network policies enforced');
    } catch (error) {
      logger.warn({ err: error }, 'network policies not enforced; trying again');
      changed = true;
      await clock.sleep(RETRY_MS);
    }
  }
}
