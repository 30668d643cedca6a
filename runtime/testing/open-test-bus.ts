/** A bus for integration tests, silent unless `FLOTILLA_TEST_LOG` names a level. */
import { type NatsBus, connectBus } from '../bus/connect-bus.ts';
import { systemClock } from '../clock.ts';
import { makeLogger, type Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { eventually } from './eventually.ts';

/** For adapters under test. */
export function testLogger(): Logger {
  return makeLogger({ service: 'test', revision: 'test', level: process.env['FLOTILLA_TEST_LOG'] ?? 'silent' });
}

export interface TestBusOptions {
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  readonly onBug?: (error: unknown) => void;
}

/** Resolves when connected. */
export async function openTestBus(options: TestBusOptions): Promise<NatsBus> {
  const bus = await connectBus({ name: 'test', clock: systemClock, logger: testLogger(), ...options });
  await eventually('the bus connects', () => bus.connected());
  return bus;
}
