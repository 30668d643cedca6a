/** Collects the reports of one input, with the time at which the sender hears of each. */
import type { LatencyModel } from './models/latency.ts';
import type { Report, ReportBody } from './report.ts';

const NONE: readonly Report[] = Object.freeze([]);

export class Outbox {
  /** Time of the venue. The simulator moves it. */
  nowMs = Number.NEGATIVE_INFINITY;
  /** Ordinal of the input that the simulator works on: the cause of every change of an order. */
  cause = 0;
  readonly #latency: LatencyModel;
  /** Whether something was reported since the simulator last cleared the mark: then an order may have ended. */
  hasNews = false;
  #heardMs = Number.NEGATIVE_INFINITY;
  /** Emptied at the end of every input. */
  #reports: Report[] = [];

  constructor(latency: LatencyModel) {
    this.#latency = latency;
  }

  add(body: ReportBody): void {
    this.#heardMs = Math.max(this.#heardMs, this.nowMs + this.#latency('REPORT'));
    this.hasNews = true;
    this.#reports.push({ body, atMs: this.nowMs, heardMs: this.#heardMs });
  }

  /** The reports so far; the outbox is empty afterwards. */
  take(): readonly Report[] {
    if (this.#reports.length === 0) return NONE;
    const reports = this.#reports;
    this.#reports = [];
    return reports;
  }
}
