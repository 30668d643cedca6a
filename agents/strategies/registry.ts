/** The built-in strategies by the name that a Strategy resource uses. One line each. */
import type { AgentParameters, BuiltInAgent } from '@flotilla/contracts/resources/agent-parameters.ts';
import { alert } from './alert.ts';
import { meanReversion } from './mean-reversion.ts';
import { momentum } from './momentum.ts';
import type { Strategy } from './strategy.ts';

export const STRATEGIES = {
  Momentum: momentum,
  MeanReversion: meanReversion,
  Alert: alert,
} as const satisfies { readonly [A in BuiltInAgent]: Strategy<AgentParameters<A>, unknown> };
