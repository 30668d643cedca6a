/** Lets at most `limit` through at a time, in order of arrival. */
export interface Gate {
  /** Resolves to the function that leaves (safe to call twice). Rejects with the signal's reason when aborted while waiting. */
  enter(signal?: AbortSignal): Promise<() => void>;
}

export function makeGate(limit: number): Gate {
  let inside = 0;
  const waiting = new Set<() => void>();

  const pass = (): (() => void) => {
    inside += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      inside -= 1;
      const next = waiting.values().next();
      if (next.done !== true) next.value();
    };
  };

  return {
    enter(signal) {
      if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
      if (inside < limit && waiting.size === 0) return Promise.resolve(pass());
      return new Promise((resolve, reject) => {
        const abandon = (): void => {
          waiting.delete(proceed);
          reject(signal?.reason as Error);
        };
        const proceed = (): void => {
          waiting.delete(proceed);
          signal?.removeEventListener('abort', abandon);
          resolve(pass());
        };
        waiting.add(proceed);
        signal?.addEventListener('abort', abandon, { once: true });
      });
    },
  };
}
