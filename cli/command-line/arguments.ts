/** Reads the values of options. For the definitions of commands. */
import { objectName } from '@flotilla/contracts/values/scalars.ts';
import { InvalidArgumentError } from 'commander';

const SPEED_MAX = 1_000_000;

/** A reader of whole numbers from `minimum` on. @throws InvalidArgumentError. */
export function wholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < minimum) {
      throw new InvalidArgumentError(`expected a whole number of at least ${minimum}.`);
    }
    return value;
  };
}

/** Recorded seconds per real second; 0 for `max`. @throws InvalidArgumentError. */
export function replaySpeed(text: string): number {
  if (text === 'max') return 0;
  const value = Number(text);
  if (!(value >= 0 && value <= SPEED_MAX) || text.trim() === '') {
    throw new InvalidArgumentError(`expected a number above 0, at most ${SPEED_MAX}, or max.`);
  }
  return value;
}

/** For an option that may be repeated. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** A name as Kubernetes takes it for a namespace. @throws InvalidArgumentError. */
export function kubernetesName(text: string): string {
  if (objectName.safeParse(text).success) return text;
  throw new InvalidArgumentError('expected a name of small letters, digits and dashes, such as research.');
}
