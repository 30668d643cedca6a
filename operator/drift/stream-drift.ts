/** Words what was found of a stream or consumer as drift. Pure. */
import type { ConsumerDefinition } from '@flotilla/contracts/bus/consumers.ts';
import type { EnsuredConsumer } from '@flotilla/runtime/provision/ensure-consumer.ts';
import type { EnsuredStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import type { SettingDifference } from '@flotilla/runtime/provision/stream-settings.ts';
import type { Drift } from './drift.ts';

/** A stream that somebody deleted cannot come back: the new one is empty. */
export function streamDrifts({ stream, wasMissing, repaired, lasting }: EnsuredStream): readonly Drift[] {
  const drift = (differences: readonly SettingDifference[], isRepaired: boolean): readonly Drift[] =>
    differences.length === 0 ? [] : [{ what: 'stream', name: stream, ...wordsOf(differences), isRepaired }];
  if (wasMissing)
    return [
      {
        what: 'stream',
        name: stream,
        expected: 'the stream',
        found: 'no stream; a new one without messages was created',
        isRepaired: false,
      },
    ];
  return [...drift(repaired, true), ...drift(lasting, false)];
}

export function consumerDrift({ stream, name }: ConsumerDefinition, { wasMissing, repaired }: EnsuredConsumer): Drift | undefined {
  const common = { what: 'consumer', name: `${stream}/${name}`, isRepaired: true } as const;
  if (wasMissing) return { ...common, expected: 'the consumer', found: 'no consumer; a new one was created' };
  return repaired.length === 0 ? undefined : { ...common, ...wordsOf(repaired) };
}

function wordsOf(differences: readonly SettingDifference[]): Pick<Drift, 'expected' | 'found'> {
  return {
    expected: differences.map(({ setting, expected }) => `${setting}: ${expected}`).join(', '),
    found: differences.map(({ setting, found }) => `${setting}: ${found}`).join(', '),
  };
}
