/** The tracing port of a service: a span around work, and the carrier that travels with a message. The adapters are beside this file. */

export type Carrier = Readonly<Record<string, string>>;

export interface Tracing {
  /**
   * Runs `work` in a span whose parent is the carrier's `traceparent`. `work` gets a carrier for its own publications and requests.
   * A rejection marks the span as failed and is passed on.
   */
  span<T>(name: string, carrier: Carrier, work: (child: Carrier) => Promise<T>, attributes?: Readonly<Record<string, string>>): Promise<T>;
  /** Exports the remaining spans. */
  stop(): Promise<void>;
}
