/** Holds conditions that tests meet against the table of reasons. */
import assert from 'node:assert/strict';
import { CONDITION_REASONS } from '@flotilla/contracts/conditions/condition-reasons.ts';
import { conditionsOf, type ReasonEntry } from '@flotilla/contracts/conditions/reason-entry.ts';
import type { Condition } from '@flotilla/contracts/resources/fields.ts';

/** @throws AssertionError that names the conditions which `contracts/conditions` does not list for the kind */
export function assertListed(kind: string, conditions: readonly Pick<Condition, 'type' | 'status' | 'reason'>[] = []): void {
  const entries = (CONDITION_REASONS as Readonly<Record<string, Readonly<Record<string, ReasonEntry>>>>)[kind];
  assert.ok(entries !== undefined, `expected a kind of contracts/conditions, found ${kind}`);
  const isListed = ({ type, status, reason }: (typeof conditions)[number]): boolean => {
    const entry = entries[reason];
    return entry !== undefined && conditionsOf(entry).includes(`${type}=${status}` as (typeof entry.places)[number]);
  };
  assert.deepEqual(
    conditions.filter((condition) => !isListed(condition)).map(({ type, status, reason }) => `${type}=${status} ${reason}`),
    [],
    `expected conditions of a ${kind} that contracts/conditions lists`,
  );
}
