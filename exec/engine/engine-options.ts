/** The parts of the engine: the fold, the market, and functions to everything that lies outside the engine. */
import type { Clock } from '@flotilla/contracts';
import type { ActiveConfig } from '../config/active-config.ts';
import type { GateState } from '../gate/gate-state.ts';
import type { Market } from '../market/market.ts';
import type { ExecState } from '../state/exec-state.ts';
import type { Venue } from '../venues/venue.ts';
import type { EventSource, Recorded } from './execution-events.ts';

export interface EngineOptions {
  readonly source: EventSource;
  readonly state: ExecState;
  readonly market: Market;
  readonly clock: Clock;
  readonly config: () => ActiveConfig | undefined;
  readonly gate: () => GateState;
  /** Time since exec last confirmed its limits; undefined before the first time. */
  readonly confirmationAgeMs: () => number | undefined;
  readonly venue: () => Venue;
  /** Resolves when the stream has stored the event. Events are stored in the order of the calls. */
  readonly write: (recorded: Recorded) => Promise<void>;
  readonly onRecorded?: (recorded: Recorded) => void;
}
