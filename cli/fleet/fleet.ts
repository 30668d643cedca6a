/** A fleet as people and programs see it: what the resources say, and what the services report. For the views and the commands. */
import type { AgentStatus, ExecSnapshot } from '@flotilla/contracts';
import type { KillSwitch } from '@flotilla/contracts/resources/kill-switch.ts';
import type { Portfolio } from '@flotilla/contracts/resources/portfolio.ts';
import type { SignalSource } from '@flotilla/contracts/resources/signal-source.ts';
import type { Strategy } from '@flotilla/contracts/resources/strategy.ts';

/** As the API server has them. */
export interface FleetResources {
  readonly portfolios: readonly Portfolio[];
  readonly strategies: readonly Strategy[];
  readonly signalSources: readonly SignalSource[];
  readonly killSwitches: readonly KillSwitch[];
  /** Objects or statuses that this build cannot read, each with the reason. */
  readonly problems: readonly string[];
}

/** As the services report it over the bus. */
export interface FleetReports {
  /** By portfolio; a portfolio whose exec gave no readable answer is not in it. */
  readonly snapshots: ReadonlyMap<string, ExecSnapshot>;
  /** By `portfolio/strategy`. */
  readonly agents: ReadonlyMap<string, AgentStatus>;
  /** Reports that are missing or cannot be read, each with the reason. */
  readonly problems: readonly string[];
}

export const NO_RESOURCES: FleetResources = { portfolios: [], strategies: [], signalSources: [], killSwitches: [], problems: [] };
export const NO_REPORTS: FleetReports = { snapshots: new Map(), agents: new Map(), problems: [] };
