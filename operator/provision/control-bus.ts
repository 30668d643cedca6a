/**
 * What the control plane writes to the bus; a port, so that plans can be tested without one. Every rejection is a FlotillaError.
 *
 * Records are replaced, never overwritten: a write names the very object that was read before (undefined: nothing that could be read), and is
 * refused with `RECORD_CHANGED` when another one stands there by now. Any write is refused with `NOT_LEADING` when the term is over.
 */
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import type { ConsumerDefinition, StreamName } from '@flotilla/contracts/streams.ts';

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
  removeExecConfig(portfolio: string): Promise<void>;
  /** @throws FlotillaError `EVENT_MALFORMED` for a record that this build cannot read: it may hold a halt, so nothing may overwrite it. */
  readHalt(portfolio: string): Promise<HaltRecord | undefined>;
  writeHalt(record: HaltRecord, replaces: HaltRecord | undefined): Promise<void>;
  /** Tells the audit log what the control plane did. */
  audit(portfolio: string, id: string, action: string, details: Readonly<Record<string, string>>): Promise<void>;
}
