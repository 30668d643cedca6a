/** How far a halt is in one namespace: the entry that the operator of the namespace writes into the status of a KillSwitch. Pure. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { HaltedPortfolio, NamespaceHalt } from '@flotilla/contracts/resources/kill-switch.ts';
import type { PortfolioHalt } from './portfolio-steps.ts';

/** As the CRD bounds it. */
const NAMES_MAX = 16;

export interface NamespaceHaltInput {
  readonly namespace: string;
  /** Every portfolio in scope. */
  readonly steps: readonly HaltedPortfolio[];
  readonly halts: readonly PortfolioHalt[];
  /** Steps that the status lists; the others are counted alone. */
  readonly listedCount: number;
}

/** Counts go over every portfolio, whatever the lists leave out. */
export function namespaceHalt({ namespace, steps, halts, listedCount }: NamespaceHaltInput): NamespaceHalt {
  assert(steps.length === halts.length, 'every portfolio in scope must be counted');
  const notHalted = steps.filter(({ phase }) => phase !== 'Halted').map(({ name }) => name);
  const unconfirmed = steps.filter(isUnknown).map(({ name }) => name);
  const slowest = Math.max(-1, ...steps.map(({ gateClosedDurationMs }) => gateClosedDurationMs ?? -1));
  const count = (holds: (step: HaltedPortfolio) => boolean): number => steps.filter(holds).length;
  return {
    namespace,
    ...reasonOf(steps, halts),
    portfolioCount: steps.length,
    haltedCount: steps.length - notHalted.length,
    unconfirmedCount: unconfirmed.length,
    gatesClosedCount: count((step) => !isUnknown(step) && (isOver(step) || step.gateClosedAt !== undefined)),
    ordersCancelledCount: count((step) => !isUnknown(step) && (isOver(step) || step.zeroOpenOrdersVerifiedAt !== undefined)),
    agentsStoppedCount: count((step) => step.agentsScaledToZeroAt !== undefined),
    ...(listedCount < steps.length ? { omittedCount: steps.length - listedCount } : {}),
    ...(unconfirmed.length === 0 ? {} : { unconfirmed: unconfirmed.slice(0, NAMES_MAX) }),
    ...(notHalted.length === 0 ? {} : { notHalted: notHalted.slice(0, NAMES_MAX) }),
    ...(slowest < 0 ? {} : { gateClosedDurationMsMax: slowest }),
  };
}

function reasonOf(steps: readonly HaltedPortfolio[], halts: readonly PortfolioHalt[]): Pick<NamespaceHalt, 'reason' | 'message'> {
  if (steps.length === 0) return { reason: 'NothingInScope', message: 'no Portfolio of this namespace is in scope' };
  const away = halts.find(({ problem }) => problem !== undefined);
  if (away?.problem !== undefined) return { reason: 'BusUnavailable', message: `Portfolio ${away.name}: ${away.problem}`.slice(0, 512) };
  const unknown = steps.filter(isUnknown);
  if (unknown[0] !== undefined) {
    return { reason: 'ExecSilent', message: `the exec of ${unknown.length} of ${steps.length} portfolios does not report` };
  }
  const open = steps.find(({ phase }) => phase !== 'Halted');
  return open === undefined ? { reason: 'Halted', message: '' } : { reason: open.phase, message: '' };
}

/** Whether the gate is closed and whether an order is open cannot be told. */
function isUnknown({ phase }: HaltedPortfolio): boolean {
  return phase === 'Unconfirmed' || phase === 'Publishing';
}

function isOver({ phase }: HaltedPortfolio): boolean {
  return phase === 'StoppingAgents' || phase === 'Halted';
}
