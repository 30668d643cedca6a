/** Random specs of AgentRoles, missing and unreadable ones included, for properties of what a role means. */
import fc from 'fast-check';
import type { FindRole } from '../role-in-force.ts';

export const AGENT = { role: 'SignalAgent', portfolio: 'main', strategy: 'a' } as const;

const VENUES = ['coinbase', 'kraken', 'nyse'];
const INSTRUMENTS = ['BTC-USD', 'ETH-USD', 'SOL-USD'];

const someOf = (all: readonly string[]) => fc.option(fc.subarray([...all], { minLength: 1 }), { nil: undefined });

const specs: fc.Arbitrary<unknown> = fc.record(
  {
    signals: fc.record({ venues: someOf(VENUES), instruments: someOf(INSTRUMENTS) }).map(withoutUndefined),
    publications: fc.constantFrom('Deliver', 'Proposals', 'Quarantine', 'Nothing'),
    hosts: fc
      .uniqueArray(fc.integer({ min: 1, max: 254 }), { maxLength: 4 })
      .map((bytes) => bytes.map((byte) => ({ cidr: `203.0.113.${byte}/32`, ports: [443], purpose: 'prices' }))),
    // A field of a later version.
    limits: fc.constant({}),
  },
  { requiredKeys: [] },
);

/** Undefined for a role that is missing. */
export const roleSpecs: fc.Arbitrary<unknown> = fc.option(specs, { nil: undefined, freq: 5 });

/** Instruments of a Strategy. */
export const userInstruments: fc.Arbitrary<readonly string[]> = fc.subarray(INSTRUMENTS, { minLength: 1 });

/** Finds a role of this spec under every name. */
export function finding(spec: unknown): FindRole {
  return () => (spec === undefined ? undefined : { spec });
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>;
}
