/** One abort signal that follows several others, for a request or an attempt. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  abort(reason: Error): void;
  /** Stops following the parents. */
  end(): void;
}

/**
 * A signal that aborts with any of `parents`, until `end` is called. Unlike `AbortSignal.any`, it leaves no listener behind on a parent that lives
 * as long as the process, and it costs a fraction of the time. Each request makes one.
 */
export function linkedAbort(parents: readonly (AbortSignal | undefined)[]): LinkedAbort {
  const controller = new AbortController();
  const links = parents.flatMap((parent) => {
    if (parent === undefined) return [];
    const follow = (): void => controller.abort(parent.reason);
    if (parent.aborted) follow();
    else parent.addEventListener('abort', follow);
    return [() => parent.removeEventListener('abort', follow)];
  });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    end() {
      for (const unlink of links) unlink();
    },
  };
}
