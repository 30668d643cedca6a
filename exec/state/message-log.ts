/** The sliding second of the message rate: when each strategy last sent orders to the venue. */

/** Strategy to the times of its accepted orders within the last second, oldest first. */
export type MessageLog = Map<string, number[]>;

export const MESSAGE_WINDOW_MS = 1_000;

/** Adds one order and forgets the orders that have left the window, so a log has the orders of one second at most. */
export function addMessage(log: MessageLog, strategy: string, timeMs: number): void {
  const times = log.get(strategy) ?? [];
  while (times.length > 0 && (times[0] ?? 0) <= timeMs - MESSAGE_WINDOW_MS) times.shift();
  times.push(timeMs);
  log.set(strategy, times);
}

/** Orders within the second that ends at `nowMs`. After a clock step back later times count too, so the count is never too low. */
export function messagesWithinSecond(log: MessageLog, strategy: string, nowMs: number): number {
  return (log.get(strategy) ?? []).filter((timeMs) => timeMs > nowMs - MESSAGE_WINDOW_MS).length;
}
