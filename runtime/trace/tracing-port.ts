/** Traces as a service sees them: a span around work, and the carrier that goes along with a message. Adapters are beside this file. */

export type Carrier = Readonly<Record<string, string>>;

export interface Tracing {
  /**
   * Runs `work` in a span whose parent is the carrier's `traceparent`; `work` gets a carrier for what it publishes or calls.
   * A rejection marks the span and passes.
   */
  span<T>(name: string, carrier: Carrier, work: (child: Carrier) => Promise<T>, attributes?: Readonly<Record<string, string>>): Promise<T>;
  /** Exports what is left. */
  stop(): Promise<void>;
}
