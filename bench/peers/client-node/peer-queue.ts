/** The smallest queue for a controller: a name waits once, one worker has it at a time, and a failure is retried after a second. */

const RETRY_MS = 1_000;

export interface PeerQueue {
  add(name: string): void;
}

export function makePeerQueue(workers: number, reconcile: (name: string) => Promise<void>): PeerQueue {
  const waiting = new Set<string>();
  const active = new Set<string>();

  const next = (): string | undefined => {
    for (const name of waiting) if (!active.has(name)) return name;
    return undefined;
  };
  const pump = (): void => {
    while (active.size < workers) {
      const name = next();
      if (name === undefined) return;
      waiting.delete(name);
      active.add(name);
      void work(name);
    }
  };
  const work = async (name: string): Promise<void> => {
    try {
      await reconcile(name);
    } catch (error) {
      process.stderr.write(`${name}: ${String(error)}\n`);
      setTimeout(() => add(name), RETRY_MS);
    }
    active.delete(name);
    pump();
  };
  const add = (name: string): void => {
    waiting.add(name);
    pump();
  };
  return { add };
}
