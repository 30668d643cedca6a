/** A circuit breaker for a dependency: after failures in a row, calls fail at once until a trial call succeeds. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { circuitBreaker, ConsecutiveBreaker, handleAll, isBrokenCircuitError } from 'cockatiel';

const FAILURES_MAX = 5;
const OPEN_MS = 1_000;

export interface BreakerOptions {
  /** Name of the dependency in messages, for example `Redis`. */
  readonly dependency: string;
  /** Failures in a row that open the circuit. Default 5. */
  readonly failuresMax?: number;
  /** Time until a trial call while the circuit is open. Default 1,000. */
  readonly openMs?: number;
  readonly onStateChange?: (state: 'open' | 'half-open' | 'closed') => void;
}

export interface Breaker {
  /** @throws FlotillaError `CIRCUIT_OPEN`, without a call, while the circuit is open; else the error of `call`. */
  run<T>(call: () => Promise<T>): Promise<T>;
  isOpen(): boolean;
}

export function makeBreaker(options: BreakerOptions): Breaker {
  const policy = circuitBreaker(handleAll, {
    halfOpenAfter: options.openMs ?? OPEN_MS,
    breaker: new ConsecutiveBreaker(options.failuresMax ?? FAILURES_MAX),
  });
  let open = false;
  policy.onBreak(() => {
    open = true;
    options.onStateChange?.('open');
  });
  policy.onHalfOpen(() => options.onStateChange?.('half-open'));
  policy.onReset(() => {
    open = false;
    options.onStateChange?.('closed');
  });
  return {
    async run(call) {
      try {
        return await policy.execute(call);
      } catch (cause) {
        if (!isBrokenCircuitError(cause)) throw cause;
        throw new FlotillaError(
          'CIRCUIT_OPEN',
          `expected ${options.dependency} to answer, found it failing repeatedly; calls are held back`,
          { cause },
        );
      }
    },
    isOpen: () => open,
  };
}
