/** The report of exec in STATUS, made from the parts of the trading core. Pure. */
import type { ExecStatus, StrategyReport } from '@flotilla/contracts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import type { EventSource } from '../engine/execution-events.ts';
import type { GateState } from '../gate/gate-state.ts';
import type { AccountHalt } from '../halt/account-halt.ts';
import type { ExecState } from '../state/exec-state.ts';
import { strategyReports } from './strategy-reports.ts';

export interface ExecStatusInput {
  readonly source: EventSource;
  readonly instance: string;
  readonly state: ExecState;
  readonly gate: GateState;
  readonly config: ActiveConfig | undefined;
  readonly configProblem: string | undefined;
  readonly halt: Pick<AccountHalt, 'report' | 'generations' | 'problem'>;
  readonly lastCrash: ExecStatus['lastCrash'];
  readonly reportOf: (strategy: string) => Pick<StrategyReport, 'halt' | 'flatten'>;
  readonly nowMs: number;
}

export function execStatusOf(input: ExecStatusInput): ExecStatus {
  const { source, state, gate, config, configProblem, halt, lastCrash } = input;
  const report = halt.report();
  const { highest } = halt.generations();
  const haltProblem = halt.problem();
  return {
    schemaVersion: 1,
    portfolio: source.portfolio,
    instance: input.instance,
    epoch: source.epoch,
    tradingState: gate.tradingState,
    reason: gate.code ?? '',
    ...(config === undefined ? {} : { configHash: config.config.configHash, policies: config.config.policies ?? [] }),
    ...(state.newestConfig === undefined ? {} : { newestConfig: state.newestConfig }),
    openOrders: state.orders.open.size,
    ...(report === undefined ? {} : { halt: report }),
    ...(highest === undefined ? {} : { haltGeneration: highest }),
    ...(haltProblem === undefined ? {} : { haltProblem }),
    ...(configProblem === undefined ? {} : { configProblem }),
    ...(lastCrash === undefined ? {} : { lastCrash }),
    ...(config === undefined ? {} : { strategies: [...strategyReports(state, config, input.reportOf)] }),
    updatedAt: formatTime(input.nowMs),
  };
}
