/** When each strategy last sent orders to the venue: the sliding second of the message rate. */

/** Strategy to the times of its accepted orders within the last second, oldest first. */
export type MessageLog = Map<string, number[]>;

export const MESSAGE_WINDOW_MS = 1_000;

/** Adds one order and forgets what left the window, so a log never holds more than one second of what was accepted. */
export function addMessage(log: MessageLog, strategy: string, timeMs: number): void {
  const times = log.get(strategy) ?? [];
  while (times.length > 0 && (times[0] ?? 0) <= timeMs - MESSAGE_WINDOW_MS) times.shift();
  times.push(timeMs);
  log.set(strategy, times);
}

/** Orders within the second that ends at `nowMs`. A clock that stepped back counts later times too: never fewer than true. */
export function messagesWithinSecond(log: MessageLog, strategy: string, nowMs: number): number {
  return (log.get(strategy) ?? []).filter((timeMs) => timeMs > nowMs - MESSAGE_WINDOW_MS).length;
}
