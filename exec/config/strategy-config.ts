/** The entry of one strategy in exec's configuration, as checks, gate and flattener read it. */
import type { ExecConfig } from '@flotilla/contracts';

export type StrategyConfig = ExecConfig['strategies'][number];
