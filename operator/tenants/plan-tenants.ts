/** Decides which namespaces the operator serves. Pure. */

/** Which namespaces the operator serves beside the namespace of the installation. */
export type TenantSelection =
  | { readonly type: 'Names'; readonly names: readonly string[] }
  /** A label selector as Kubernetes writes it: `flotilla.dev/tenant=true`. */
  | { readonly type: 'Labels'; readonly selector: string }
  /** Every namespace that has an object of ours, but those of Kubernetes itself. */
  | { readonly type: 'All' };

export interface NamespaceState {
  readonly name: string;
  readonly isEnding: boolean;
}

export interface TenantInput {
  /** The namespace of the installation, which is served in any case, so the result does not name it. */
  readonly own: string;
  readonly selection: TenantSelection;
  readonly namespaces: readonly NamespaceState[];
  /** Names that the label selector finds; of `Labels` alone. */
  readonly labelled: ReadonlySet<string>;
  /** Namespaces that have an object of ours; of `All` alone. */
  readonly occupied: ReadonlySet<string>;
  /** Namespaces with Portfolios or Strategies that this operator has begun to serve. */
  readonly held: ReadonlySet<string>;
}

export interface TenantPlan {
  readonly serve: readonly string[];
  /** Served although they are not selected, because a fleet without its operator could not be halted. */
  readonly leaving: readonly string[];
  /** Named, and not there. */
  readonly missing: readonly string[];
  /** Being deleted. */
  readonly ending: readonly string[];
}

export function planTenants(input: TenantInput): TenantPlan {
  const others = input.namespaces.filter(({ name }) => name !== input.own);
  const living = others.filter(({ isEnding }) => !isEnding).map(({ name }) => name);
  const selected = living.filter((name) => isSelected(name, input));
  const leaving = living.filter((name) => input.held.has(name) && !isSelected(name, input));
  const known = new Set(input.namespaces.map(({ name }) => name));
  const { selection } = input;
  return {
    serve: [...selected, ...leaving].toSorted(),
    leaving: leaving.toSorted(),
    missing: selection.type === 'Names' ? selection.names.filter((name) => !known.has(name)) : [],
    ending: others.filter(({ name, isEnding }) => isEnding && (input.held.has(name) || isSelected(name, input))).map(({ name }) => name),
  };
}

function isSelected(name: string, { selection, labelled, occupied }: TenantInput): boolean {
  switch (selection.type) {
    case 'Names':
      return selection.names.includes(name);
    case 'Labels':
      return labelled.has(name);
    default:
      return occupied.has(name) && !name.startsWith('kube-');
  }
}
