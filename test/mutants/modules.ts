/** The modules where money or a halt depends on every line: what `make mutants` mutates. */

/** Module to its sources; tests are left out by their ending. */
export const MUTATED_MODULES: Readonly<Record<string, RegExp>> = {
  'exec/config': /^exec\/config\//,
  'exec/checks': /^exec\/checks\//,
  'exec/ledger': /^exec\/ledger\//,
  'exec/gate': /^exec\/gate\//,
  'exec/orders': /^exec\/orders\//,
  'exec/reconcile': /^exec\/reconcile\//,
  'exec/halt': /^exec\/halt\//,
  'kube/controller': /^kube\/controller\//,
  'kube/execute': /^kube\/execute\//,
  'operator/kill-switch': /^operator\/kill-switch\//,
  'audit/verify': /^audit\/(verify|merkle)\//,
};

/** The files of a module among `paths`. */
export function sourcesOf(module: string, paths: readonly string[]): readonly string[] {
  const pattern = MUTATED_MODULES[module];
  return paths.filter((path) => pattern?.test(path) === true && !path.endsWith('.test.ts') && !path.includes('/testing/'));
}
