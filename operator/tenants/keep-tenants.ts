/**
 * Serves the tenant namespaces beside the namespace of the installation: begins with one that is selected, ends with one that is gone, and takes the
 * accounts of the bus away from one that is served no longer.
 */
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import type { OperatorIdentity } from '@flotilla/runtime/identity/bus-keys.ts';
import type { SystemAccount } from '@flotilla/runtime/identity/system-account.ts';
import { tenantIdentity } from '@flotilla/runtime/identity/tenant-identity.ts';
import { repeatUntilStopped } from '@flotilla/runtime/retry/repeat-until-stopped.ts';
import {
  type Cluster,
  ClusterError,
  fencedCluster,
  type KernelLogger,
  KUBERNETES_TYPES,
  makeFence,
  startReflector,
  type Term,
} from '@flotilla/kube/mod.ts';
import { makeAccountPusher } from '../identity/account-pusher.ts';
import { openPrincipalRecords } from '../identity/principal-records.ts';
import { releaseAll } from '../namespace-end.ts';
import { fencedBus } from '../provision/fenced-bus.ts';
import type { NamespacedKinds } from '../watches.ts';
import { readOpenNamespaces } from './open-records.ts';
import { type NamespaceState, planTenants, type TenantPlan, type TenantSelection } from './plan-tenants.ts';
import type { Tenant } from './start-tenant.ts';
import { guardTenantCore } from './tenant-core.ts';

/** Repeats even without a change of a namespace: a fleet of a namespace that is not selected any more may have ended. */
const REPEAT_MS = 1_000;

/** Forbidden: the operator has no rights in the namespace. */
export type TenantState = 'Opening' | 'Forbidden' | 'Serving' | 'Leaving' | 'Missing' | 'Ending';

export interface KeepTenantsOptions {
  /** The namespace of the installation. */
  readonly own: string;
  readonly selection: TenantSelection;
  readonly cluster: Cluster;
  /** Our kinds in every namespace; undefined: the operator reads them in each tenant's namespace alone. */
  readonly kinds: NamespacedKinds | undefined;
  /** The bus of the installation. */
  readonly bus: NatsBus;
  readonly identity: OperatorIdentity;
  readonly system: SystemAccount;
  /** Connects to the bus of a tenant, whose core account every server has. */
  openBus(namespace: string, identity: OperatorIdentity): Promise<NatsBus>;
  start(namespace: string, bus: NatsBus, identity: OperatorIdentity): Tenant;
  /** Called after `served` or `running` has changed. */
  onChange(): void;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: KernelLogger;
}

export interface Tenants {
  running(): readonly Tenant[];
  /** Namespaces that the operator serves, or will serve as soon as it can; undefined: not known yet. */
  served(): readonly string[] | undefined;
  /** State of every namespace that the operator serves, should serve, or ceases to serve. */
  states(): ReadonlyMap<string, TenantState>;
  /** Leads every tenant, those that are added later included, until the term ends. */
  lead(term: Term): void;
  /** Ends the controllers of every tenant. */
  end(): Promise<void>;
  stop(): Promise<void>;
}

interface Running {
  readonly tenant: Tenant;
  readonly bus: NatsBus;
}

export function keepTenants(options: KeepTenantsOptions): Tenants {
  return new TenantKeeper(options).begin();
}

class TenantKeeper implements Tenants {
  readonly #options: KeepTenantsOptions;
  readonly #running = new Map<string, Running>();
  readonly #namespaces: ReturnType<typeof startReflector>;
  /** The namespaces that the label selector finds. */
  readonly #labelled: ReturnType<typeof startReflector> | undefined;
  #loop: ReturnType<typeof repeatUntilStopped> | undefined;
  #term: Term | undefined;
  #plan: TenantPlan = { serve: [], leaving: [], missing: [], ending: [] };
  /** Namespaces with a fleet, by the records of an operator before this one; undefined: not read yet. */
  #before: Set<string> | undefined;
  /** Whether the plan knows the records of before. */
  #isPlanned = false;
  /** Namespaces whose accounts may be open although the operator does not serve them; undefined: to be read. */
  #toClose: Set<string> | undefined;
  readonly #forbidden = new Set<string>();
  readonly #told = new Set<string>();

  constructor(options: KeepTenantsOptions) {
    this.#options = options;
    const { cluster, selection, clock, rng, logger } = options;
    const watch = (labelSelector?: string) =>
      startReflector({
        cluster,
        type: KUBERNETES_TYPES.namespace,
        scope: { metadataOnly: true, ...(labelSelector === undefined ? {} : { labelSelector }) },
        clock,
        rng,
        logger,
      });
    this.#namespaces = watch();
    this.#labelled = selection.type === 'Labels' ? watch(selection.selector) : undefined;
  }

  begin(): this {
    const { clock, kinds, selection } = this.#options;
    const loop = repeatUntilStopped(async (signal) => {
      await this.#round();
      await clock.sleep(REPEAT_MS, signal);
    });
    this.#loop = loop;
    for (const reflector of [this.#namespaces, this.#labelled]) reflector?.onChange(() => loop.wake('a namespace has changed'));
    if (selection.type === 'All')
      for (const reflector of Object.values(kinds ?? {}))
        reflector.onChange(({ type }) => type !== 'modified' && loop.wake('an object has changed'));
    return this;
  }

  running(): readonly Tenant[] {
    return [...this.#running.values()].map(({ tenant }) => tenant);
  }

  served(): readonly string[] | undefined {
    if (!this.#isPlanned) return undefined;
    return [...new Set([...this.#running.keys(), ...this.#plan.serve.filter((name) => !this.#forbidden.has(name))])];
  }

  states(): ReadonlyMap<string, TenantState> {
    const { serve, leaving, missing, ending } = this.#plan;
    const stateOf = (name: string): TenantState =>
      this.#forbidden.has(name) ? 'Forbidden' : leaving.includes(name) ? 'Leaving' : this.#isServing(name) ? 'Serving' : 'Opening';
    return new Map<string, TenantState>([
      ...serve.map((name) => [name, stateOf(name)] as const),
      ...missing.map((name) => [name, 'Missing'] as const),
      ...ending.map((name) => [name, 'Ending'] as const),
    ]);
  }

  #isServing(name: string): boolean {
    const running = this.#running.get(name);
    return running !== undefined && running.tenant.watches.all.every((reflector) => reflector.stats().synced);
  }

  lead(term: Term): void {
    this.#term = term;
    // What another operator did meanwhile is read anew.
    this.#before = undefined;
    this.#isPlanned = false;
    this.#toClose = undefined;
    for (const tenant of this.running()) tenant.lead(term);
    this.#loop?.wake('the operator leads');
  }

  async end(): Promise<void> {
    this.#term = undefined;
    await Promise.all(this.running().map((tenant) => tenant.end()));
  }

  async stop(): Promise<void> {
    await this.#loop?.stop();
    await Promise.all([this.#namespaces.stop(), this.#labelled?.stop(), ...[...this.#running.keys()].map((name) => this.#drop(name))]);
  }

  /** Each part is tried again by the next round. */
  async #round(): Promise<void> {
    if (![this.#namespaces, this.#labelled].every((reflector) => reflector?.stats().synced !== false)) return;
    await this.#attempt('read which namespaces have a fleet', () => this.#readRecords());
    this.#plan = this.#planNow();
    if (!this.#isPlanned && this.#before !== undefined) {
      this.#isPlanned = true;
      this.#options.onChange();
    }
    const { serve, ending } = this.#plan;
    await Promise.all(
      serve.filter((name) => !this.#running.has(name)).map((name) => this.#attempt(`serve namespace ${name}`, () => this.#open(name))),
    );
    this.#tell();
    for (const name of [...this.#running.keys()].filter((one) => !serve.includes(one))) {
      await this.#drop(name);
      this.#toClose?.add(name);
      this.#options.logger.info({ namespace: name }, 'the operator serves the namespace no longer');
    }
    const term = this.#term;
    if (term === undefined) return;
    for (const name of ending)
      await this.#attempt(`remove the finalizers in namespace ${name}`, () => this.#release(name, term, 'the namespace is being deleted'));
    for (const name of this.#toClose ?? []) await this.#attempt(`leave namespace ${name}`, () => this.#leave(name, term));
  }

  async #readRecords(): Promise<void> {
    if (this.#before !== undefined && this.#toClose !== undefined) return;
    const { any, withWorkers } = await readOpenNamespaces(this.#options.bus);
    this.#before ??= new Set(withWorkers);
    this.#toClose ??= new Set(any);
  }

  #planNow(): TenantPlan {
    const { own, selection, kinds } = this.#options;
    const states = this.#namespaces
      .list()
      .map(({ metadata: { name, deletionTimestamp } }): NamespaceState => ({ name, isEnding: deletionTimestamp !== undefined }));
    const objects = selection.type === 'All' ? Object.values(kinds ?? {}).flatMap((reflector) => reflector.list()) : [];
    return planTenants({
      own,
      selection,
      namespaces: states,
      labelled: new Set(this.#labelled?.list().map(({ metadata }) => metadata.name)),
      occupied: new Set(objects.map(({ metadata }) => metadata.namespace ?? '')),
      held: new Set(
        [...this.#running]
          .filter(([, { tenant }]) => hasFleet(tenant))
          .map(([name]) => name)
          .concat(this.#unseen()),
      ),
    });
  }

  /** Namespaces with a fleet of before that this operator does not serve yet. */
  #unseen(): readonly string[] {
    return [...(this.#before ?? [])].filter((name) => !this.#running.has(name));
  }

  async #open(name: string): Promise<void> {
    const options = this.#options;
    const { identity, system, clock, logger } = options;
    if (!(await this.#mayServe(name))) return;
    const own = tenantIdentity(identity, name);
    const term = this.#term;
    // A connection before its account is there would be refused, and the access log would tell of it.
    if (term !== undefined) await guardTenantCore({ system, identity: own, namespace: name, fence: makeFence(term), clock }).restore();
    else if ((await system.claimsOf(own.core)) === undefined) return;
    const bus = await options.openBus(name, own);
    const tenant = options.start(name, bus, own);
    this.#running.set(name, { tenant, bus });
    // From here on the caches of the tenant say whether it has a fleet.
    this.#before?.delete(name);
    if (this.#term !== undefined) tenant.lead(this.#term);
    options.onChange();
    logger.info({ namespace: name }, 'the operator serves the namespace');
  }

  /** Without its rights the operator would only fill the log with refusals. */
  async #mayServe(name: string): Promise<boolean> {
    try {
      await this.#options.cluster.list(KUBERNETES_TYPES.serviceAccount, { namespace: name, metadataOnly: true });
      this.#forbidden.delete(name);
      return true;
    } catch (error) {
      if (!(error instanceof ClusterError) || error.statusCode !== 403) throw error;
      this.#forbidden.add(name);
      return false;
    }
  }

  async #drop(name: string): Promise<void> {
    const running = this.#running.get(name);
    if (running === undefined) return;
    this.#running.delete(name);
    this.#options.onChange();
    await running.tenant.stop();
    await running.bus.close();
  }

  /** Kubernetes deletes the operator's rights with the namespace, a few seconds after its end begins. */
  async #release(name: string, term: Term, because: string): Promise<void> {
    const count = await releaseAll(fencedCluster(this.#options.cluster, term), name);
    if (count > 0) this.#options.logger.info({ namespace: name, count }, `finalizers removed, because ${because}`);
  }

  /** A person has taken the operator's rights away first. The accounts of the bus are closed all the same. @throws every other error */
  #tellForbidden(name: string, error: unknown): void {
    if (!(error instanceof ClusterError) || error.statusCode !== 403) throw error;
    this.#options.logger.warn(
      { namespace: name, err: error },
      'the operator serves the namespace no longer and may not remove its finalizers there: remove finalizers that stay by hand',
    );
  }

  /**
   * Removes the finalizers, which no other operator would remove: a KillSwitch of many namespaces could never be deleted. Then closes the accounts of
   * the bus. The streams stay: they are evidence. A namespace that is to be served, and cannot be yet, keeps both.
   */
  async #leave(name: string, term: Term): Promise<void> {
    const { own, bus, identity, system, clock, logger } = this.#options;
    const isServed = name === own || this.#plan.serve.includes(name);
    if (!isServed) {
      await this.#release(name, term, 'the operator does not serve the namespace').catch((error: unknown) =>
        this.#tellForbidden(name, error),
      );
      const fence = makeFence(term);
      const records = openPrincipalRecords(fencedBus(bus, fence), name);
      const pusher = makeAccountPusher({
        namespace: name,
        identity: tenantIdentity(identity, name),
        system,
        records,
        fence,
        clock,
        logger,
      });
      await pusher.converge([]);
      logger.info({ namespace: name }, 'the accounts of the namespace are closed, because the operator does not serve it');
    }
    this.#toClose?.delete(name);
  }

  /** Tells once of what a person has to know. */
  #tell(): void {
    const { logger } = this.#options;
    const say = (key: string, told: () => void): void => {
      if (!this.#told.has(key)) told();
      this.#told.add(key);
    };
    const { leaving, missing, serve } = this.#plan;
    for (const name of this.#forbidden) if (!serve.includes(name)) this.#forbidden.delete(name);
    for (const name of this.#forbidden)
      say(`forbidden ${name}`, () =>
        logger.warn(
          { namespace: name },
          `the operator has no rights in the namespace, so the namespace is not served: apply the output of "flotilla tenants manifest ${name}"`,
        ),
      );
    for (const name of missing)
      say(`missing ${name}`, () => logger.warn({ namespace: name }, 'a namespace that the operator is to serve does not exist'));
    for (const name of leaving)
      say(`leaving ${name}`, () =>
        logger.warn(
          { namespace: name },
          'the namespace is not selected any more; the operator serves it until its last Portfolio and Strategy are deleted, because a fleet without its operator cannot be halted',
        ),
      );
    for (const key of this.#told) {
      const [kind, name = ''] = key.split(' ');
      const lasts = kind === 'forbidden' ? this.#forbidden.has(name) : (kind === 'missing' ? missing : leaving).includes(name);
      if (!lasts) this.#told.delete(key);
    }
  }

  async #attempt(operation: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      this.#options.logger.warn(
        { err: error, operation },
        'could not serve the tenants as they should be; the next try follows within 1 s',
      );
    }
  }
}

/** Before the first list a fleet may be there, so the operator stays. */
function hasFleet({ watches }: Tenant): boolean {
  return [watches.portfolios, watches.strategies].some((reflector) => !reflector.stats().synced || reflector.size > 0);
}
