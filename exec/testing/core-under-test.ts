/** A trading core without a bus, for tests: time moves by hand, written events are kept, and every input is healthy unless a test changes it. */
import { type ExecConfig, type Fill, type HaltRecord, type OrderEvent, parseUnits } from '@flotilla/contracts';
import { makeLogger } from '@flotilla/runtime/log.ts';
import type { MarketUpdate } from '../market/market.ts';
import { makeTradingCore, type TradingCore } from '../service/trading-core.ts';
import type { Execution } from '../service/store-execution.ts';
import { makeExecState, type ExecState } from '../state/exec-state.ts';
import { configFixture, haltFixture, INSTRUMENT, PORTFOLIO, START_MS } from './fixtures.ts';
import { makeHandClock } from './hand-clock.ts';

export interface CoreUnderTest {
  readonly core: TradingCore;
  readonly state: ExecState;
  /** All events that the core has written, in order. */
  readonly written: Execution[];
  orderEvents(): readonly OrderEvent[];
  fills(): readonly Fill[];
  nowMs(): number;
  advance(byMs: number): void;
  /** Shows a quote now. */
  quote(bid: string, ask: string, size?: string, instrument?: string): void;
  halt(record: HaltRecord): void;
}

export interface CoreOptionsUnderTest {
  readonly config?: ExecConfig | undefined;
  readonly state?: ExecState;
  readonly epoch?: number;
  /** False: exec has never read a halt record. */
  readonly control?: boolean;
  /** False: the core has not recovered yet, so no reconciliation has matched. */
  readonly reconciled?: boolean;
  /** Time since exec confirmed its limits; 0 by default. */
  readonly confirmationAgeMs?: () => number | undefined;
}

export async function coreUnderTest(options: CoreOptionsUnderTest = {}): Promise<CoreUnderTest> {
  const { control = true, reconciled = true } = options;
  const config = 'config' in options ? options.config : configFixture();
  const clock = makeHandClock(START_MS);
  const state = options.state ?? makeExecState();
  const written: Execution[] = [];
  const core = makeTradingCore({
    source: { portfolio: PORTFOLIO, epoch: options.epoch ?? 1, revision: 'test' },
    instance: 'test',
    state,
    clock,
    logger: makeLogger({ service: 'exec', revision: 'test', level: 'silent' }),
    writer: {
      write(execution) {
        written.push(execution);
        return Promise.resolve();
      },
      backlog: () => 0,
    },
    onRecorded: () => undefined,
    confirmationAgeMs: options.confirmationAgeMs ?? (() => 0),
    onChange: () => undefined,
  });
  let record = haltFixture(0, 'RELEASED');
  const look = () => {
    if (control) core.halt.onLook(encode(record), clock.nowMs());
  };
  if (config !== undefined) core.useConfig(config);
  look();
  if (reconciled) await core.recover();
  return {
    core,
    state,
    written,
    orderEvents: () => written.filter(({ type }) => type === 'executions.order').map(({ event }) => event as OrderEvent),
    fills: () => written.filter(({ type }) => type === 'executions.fill').map(({ event }) => event as Fill),
    nowMs: () => clock.nowMs(),
    advance: (byMs) => clock.advance(byMs, look),
    quote(bid, ask, size = '1', instrument = INSTRUMENT) {
      const level = (price: string) => ({ price: parseUnits(price), quantity: parseUnits(size) });
      const update: MarketUpdate = {
        instrument,
        bid: level(bid),
        ask: level(ask),
        shared: false,
        reference: parseUnits(bid),
        receivedAtMs: clock.nowMs(),
      };
      core.market.set(instrument, update);
      core.onMarket(update);
    },
    halt(written) {
      if (written.portfolio === PORTFOLIO) record = written;
      core.halt.onLook(encode(written), clock.nowMs());
    },
  };
}

function encode(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
