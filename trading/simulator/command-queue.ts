/** Commands on their way to the venue. One session is one connection: commands arrive in the order in which they were sent. */
import type { HeldOrder } from './held-order.ts';
import type { OrderChange } from './order-request.ts';

export type Command =
  | { readonly kind: 'SUBMIT'; readonly held: HeldOrder }
  | { readonly kind: 'CANCEL'; readonly held: HeldOrder }
  | { readonly kind: 'UPDATE'; readonly held: HeldOrder; readonly change: OrderChange };

/** Commands that have arrived are cut off together, so that an arrival costs no copy of the rest. */
const CUT = 1_024;

export class CommandQueue {
  readonly #commands: Command[] = [];
  readonly #dueMs: number[] = [];
  #head = 0;

  /** When the first command arrives, in the order of sending; may lie in the past. Infinite: none is on its way. */
  dueMs(): number {
    return this.#dueMs[this.#head] ?? Number.POSITIVE_INFINITY;
  }

  /** @param dueMs when it would arrive alone; a command that was sent before and arrives later holds it back */
  send(command: Command, dueMs: number): void {
    this.#commands.push(command);
    this.#dueMs.push(dueMs);
  }

  /** The command that arrives next. */
  receive(): Command | undefined {
    const command = this.#commands[this.#head];
    if (command !== undefined) this.#head += 1;
    if (this.#head === CUT || this.#head === this.#commands.length) {
      this.#commands.splice(0, this.#head);
      this.#dueMs.splice(0, this.#head);
      this.#head = 0;
    }
    return command;
  }
}
