/**
 * Whether it is known that nothing of a Portfolio or a Strategy is open, for the controllers that delete them. Pure.
 *
 * Silence of exec is never evidence. Evidence is a fresh report of exec about the halted configuration, or that the portfolio never had an exec.
 * Of a portfolio that is gone the last report counts as well: the Portfolio was deleted after exec had confirmed the halted configuration, that
 * configuration still stands, and no exec can be started that would run another one.
 */
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { Report } from '../provision/status-board.ts';
import { isVerifiedEmpty } from './rollout-step.ts';

export type OpenOrderEvidence =
  | { readonly kind: 'NothingOpen' }
  /** exec reports and has not confirmed yet. */
  | { readonly kind: 'Waiting'; readonly missing: string }
  /** exec does not report: only then a person may override the wait. */
  | { readonly kind: 'ExecSilent'; readonly missing: string };

export interface EvidenceInput {
  readonly exec: Report<ExecStatus> | undefined;
  /** The bus holds no event of any exec of this portfolio. */
  readonly neverRan: boolean;
  /** The configuration that stands, with what is being deleted halted in it; undefined when there is none. */
  readonly config: ExecConfig | undefined;
}

const NOTHING_OPEN = { kind: 'NothingOpen' } as const;
const SILENT = { kind: 'ExecSilent', missing: 'exec does not report, so it is unknown whether orders are open' } as const;

export function portfolioEvidence({ exec, neverRan, config }: EvidenceInput): OpenOrderEvidence {
  if (exec === undefined && neverRan) return NOTHING_OPEN;
  if (exec?.fresh !== true) return SILENT;
  const { configHash, openOrders, strategies = [] } = exec.value;
  if (config !== undefined && configHash !== config.configHash) return waiting('exec has not confirmed that every strategy is halted');
  const open = strategies.filter((report) => !isVerifiedEmpty(report) && report.halt !== undefined);
  if (openOrders > 0 || open.length > 0)
    return waiting(`exec has not confirmed twice that no order is open: it reports ${openOrders} open orders`);
  return NOTHING_OPEN;
}

export interface StrategyEvidenceInput extends EvidenceInput {
  readonly strategy: string;
  /** The Portfolio does not exist any more. */
  readonly portfolioGone: boolean;
}

export function strategyEvidence(input: StrategyEvidenceInput): OpenOrderEvidence {
  const { exec, neverRan, config, strategy, portfolioGone } = input;
  if (exec === undefined && neverRan) return NOTHING_OPEN;
  if (exec === undefined || (!exec.fresh && !portfolioGone)) return SILENT;
  if (!exec.fresh && config === undefined) return SILENT;
  const entry = config?.strategies.find(({ name }) => name === strategy);
  const isConfirmed = config === undefined || exec.value.configHash === config.configHash;
  if (!isConfirmed || (entry !== undefined && entry.desiredState !== 'Halted')) {
    return exec.fresh ? waiting('exec has not confirmed that the strategy is halted') : SILENT;
  }
  return isEmpty(exec.value, strategy)
    ? NOTHING_OPEN
    : exec.fresh
      ? waiting('exec has not confirmed twice that no order of the strategy is open')
      : SILENT;
}

/** An exec that does not report its strategies, of an older version, answers for all of them together. */
function isEmpty({ strategies, openOrders }: ExecStatus, name: string): boolean {
  if (strategies === undefined) return openOrders === 0;
  const report = strategies.find((one) => one.name === name);
  return report === undefined || isVerifiedEmpty(report);
}

function waiting(missing: string): OpenOrderEvidence {
  return { kind: 'Waiting', missing };
}
