/** Promises under way at once, up to a bound; remembers the first failure. */
export interface Flight {
  /** Resolves when one more may be added. */
  room(): Promise<void>;
  add(promise: Promise<void>): void;
  /** Resolves when nothing is under way. */
  landed(): Promise<void>;
  failure(): { readonly error: unknown } | undefined;
}

export function makeFlight(max: number): Flight {
  let count = 0;
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  return {
    room: () => until(() => count < max),
    add(promise) {
      count += 1;
      void promise
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => {
          count -= 1;
          wake();
        });
    },
    landed: () => until(() => count === 0),
    failure: () => failure,
  };
}
