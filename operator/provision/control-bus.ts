/**
 * What the control plane writes to the bus; a port, so that plans can be tested without one. Every rejection is a FlotillaError.
 *
 * Records are replaced, never overwritten: a write names the very object that was read before (undefined: nothing that could be read), and is
 * refused with `RECORD_CHANGED` when another one stands there by now. Any write is refused with `NOT_LEADING` when the term is over.
 */
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import type { ConsumerDefinition, StreamName } from '@flotilla/contracts/streams.ts';
import type { HaltReading } from './halt-reading.ts';

export interface ControlBus {
  /** Why nothing can be written at the moment; undefined when it can. */
  problem(): string | undefined;
  /** Idempotent; asks the bus once per connection and definition. */
  ensureConsumer(definition: ConsumerDefinition): Promise<void>;
  removeConsumer(stream: StreamName, name: string): Promise<void>;
  /** Undefined when there is none, or none that this build understands. */
  readExecConfig(portfolio: string): Promise<ExecConfig | undefined>;
  /** The same, by somebody who will not replace it. */
  peekExecConfig(portfolio: string): Promise<ExecConfig | undefined>;
  writeExecConfig(config: ExecConfig, replaces: ExecConfig | undefined): Promise<void>;
  /** What stands in the place of the record, whatever its state. */
  readHalt(portfolio: string): Promise<HaltReading>;
  /** True when EXECUTIONS holds any event of an exec of the portfolio: only then an order of it can be open. Asks the stream's leader. */
  hasRun(portfolio: string): Promise<boolean>;
  /** `replaces`: the very record that `readHalt` gave; undefined when it gave none. */
  writeHalt(record: HaltRecord, replaces: HaltRecord | undefined): Promise<void>;
  /** Tells the audit log what the control plane did. */
  audit(portfolio: string, id: string, action: string, details: Readonly<Record<string, string>>): Promise<void>;
}
