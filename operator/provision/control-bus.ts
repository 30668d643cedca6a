/**
 * The port through which the controllers write to the bus and read from it, so that plans can be tested without a bus. Every rejection is a
 * FlotillaError.
 *
 * A write names the object that was read before (undefined when there was no readable record). It is refused with `RECORD_CHANGED` when the
 * record has changed since, and with `NOT_LEADING` when the term is over.
 */
import type { AuditAction } from '@flotilla/contracts/events/audit-actions.ts';
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import type { StreamName } from '@flotilla/contracts/bus/streams.ts';
import type { ConsumerDefinition } from '@flotilla/contracts/bus/consumers.ts';
import type { HaltReading } from './halt-reading.ts';

export interface ControlBus {
  /** Why nothing can be written at the moment; undefined when it can. */
  problem(): string | undefined;
  /** Idempotent; asks the bus once per connection and definition. */
  ensureConsumer(definition: ConsumerDefinition): Promise<void>;
  removeConsumer(stream: StreamName, name: string): Promise<void>;
  /** Undefined when there is no configuration that this build can read. */
  readExecConfig(portfolio: string): Promise<ExecConfig | undefined>;
  /** The same, for a caller that will not replace the configuration. */
  peekExecConfig(portfolio: string): Promise<ExecConfig | undefined>;
  /** The next read reads the bucket, and not what this process wrote last. */
  forgetExecConfig(portfolio: string): void;
  writeExecConfig(config: ExecConfig, replaces: ExecConfig | undefined): Promise<void>;
  /** The halt record of the portfolio, or the reason why there is no readable one. */
  readHalt(portfolio: string): Promise<HaltReading>;
  /** True when EXECUTIONS holds any event of an exec of the portfolio: only then an order of it can be open. Asks the stream's leader. */
  hasRun(portfolio: string): Promise<boolean>;
  /** `replaces`: the same object that `readHalt` gave; undefined when it gave none. */
  writeHalt(record: HaltRecord, replaces: HaltRecord | undefined): Promise<void>;
  /** Tells the audit log what the control plane did. */
  audit(portfolio: string, id: string, action: AuditAction, details: Readonly<Record<string, string>>): Promise<void>;
}
