/** One abort signal that follows several others, for a request or an attempt. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  abort(reason: Error): void;
  /** Stops following the parents. */
  end(): void;
}

/**
 * A signal that aborts with any of `parents`, until it ends. Unlike `AbortSignal.any` it leaves nothing behind on a parent that lives as long
 * as the process, and costs a fraction: there is one for each request.
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
