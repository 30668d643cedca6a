/** How one simulated market of one instrument works. */
import type { ContractTerms } from '../ledger/contract-value.ts';
import type { BarPath } from './bar-path.ts';
import type { Models } from './models/models.ts';
import type { DepthUse } from './shown-depth.ts';

/** What the venue lets orders do. OPEN: trade. HALTED: rest and be cancelled. CLOSED: as HALTED, and orders of the session have ended. */
export type Phase = 'OPEN' | 'HALTED' | 'CLOSED';

export interface SimulatorTerms {
  readonly models: Models;
  readonly contract: ContractTerms;
  readonly depthUse: DepthUse;
  readonly barPath: BarPath;
  /** Older market data fills nothing. */
  readonly dataAgeMsMax: number;
  /** A market order waits no longer for a price within its collar. With bars alone it must be longer than a bar. */
  readonly marketOrderAgeMsMax: number;
  /** Collar of a market order that came without one, in hundredths of a percent. From 0 to 10,000. */
  readonly collarBps: number;
}
