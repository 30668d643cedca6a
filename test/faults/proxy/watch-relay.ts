/** Passes the lines of one watch on to the client, through the event faults of a plan. */
import type { EventFault } from '../plan.ts';
import { coalesce, type WatchLine } from './coalesce.ts';

/** Bound on the events that are kept for a repetition. */
const HISTORY_LINES_MAX = 20;

export interface WatchRelayOptions {
  readonly fault: () => EventFault | undefined;
  readonly write: (text: string) => void;
  /** The ordinary end of a watch. */
  readonly end: () => void;
  /** The server no longer knows the resource version, and answers 410 until the client requests a list. */
  readonly forgotten: () => void;
  /** The connection breaks. */
  readonly destroy: () => void;
}

export interface WatchRelay {
  take(line: string): void;
  /** Ends the watch as a server does that no longer knows the resource version. */
  expire(): void;
  /** The client is gone. */
  close(): void;
}

export function makeWatchRelay({ fault, write, end, forgotten, destroy }: WatchRelayOptions): WatchRelay {
  const gate = makeGate(write);
  const error = (statusCode: number): void => {
    if (statusCode === 410) forgotten();
    write(errorEvent(statusCode));
    gate.close();
    end();
  };
  const breakOff = (): void => {
    gate.close();
    destroy();
  };

  const strike = (found: EventFault, line: WatchLine): void => {
    switch (found.kind) {
      case 'dropped':
        return gate.swallow(found.ms, () => (found.end === 'gone' ? error(410) : breakOff()));
      case 'duplicated':
        gate.pass(line);
        return gate.repeat(found.count);
      case 'late':
        return gate.hold(line, found.ms, (lines) => lines);
      case 'coalesced':
        return gate.hold(line, found.ms, coalesce);
      case 'truncated-line':
        write(line.text.slice(0, line.text.length / 2));
        gate.close();
        // Only after the bytes were sent, because a reset may overtake them.
        setTimeout(destroy, 20);
        return;
      case 'error-event':
        error(found.statusCode);
    }
  };

  return {
    take(text) {
      if (gate.mode() === 'closed' || gate.mode() === 'swallow') return;
      const line: WatchLine = { text, event: JSON.parse(text) as WatchLine['event'] };
      const isFree = gate.mode() === 'pass' && line.event.type !== 'BOOKMARK' && line.event.type !== 'ERROR';
      const found = isFree ? fault() : undefined;
      if (found === undefined) gate.pass(line);
      else strike(found, line);
    },
    expire: () => {
      if (gate.mode() !== 'closed') error(410);
    },
    close: () => gate.close(),
  };
}

interface Gate {
  mode(): 'pass' | 'swallow' | 'hold' | 'closed';
  /** Writes a line, or keeps it while the gate holds lines back. */
  pass(line: WatchLine): void;
  /** Writes the last events again. */
  repeat(count: number): void;
  /** Drops every line, and calls `then` after a time. */
  swallow(ms: number, then: () => void): void;
  /** Keeps this line and the next ones back, and writes later what `change` makes of them. */
  hold(line: WatchLine, ms: number, change: (lines: WatchLine[]) => readonly WatchLine[]): void;
  close(): void;
}

function makeGate(write: (text: string) => void): Gate {
  const told: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let mode: ReturnType<Gate['mode']> = 'pass';
  let held: WatchLine[] = [];

  const after = (ms: number, work: () => void): void => {
    timer = setTimeout(() => {
      if (mode !== 'closed') work();
    }, ms);
  };
  const tell = ({ text, event }: WatchLine): void => {
    write(`${text}\n`);
    if (event.type === 'BOOKMARK') return;
    told.push(text);
    if (told.length > HISTORY_LINES_MAX) told.shift();
  };

  return {
    mode: () => mode,
    pass(line) {
      if (mode === 'hold') held.push(line);
      else tell(line);
    },
    repeat(count) {
      for (const text of told.slice(-count)) write(`${text}\n`);
    },
    swallow(ms, then) {
      mode = 'swallow';
      after(ms, then);
    },
    hold(line, ms, change) {
      mode = 'hold';
      held.push(line);
      after(ms, () => {
        const lines = change(held);
        mode = 'pass';
        held = [];
        for (const one of lines) tell(one);
      });
    },
    close() {
      mode = 'closed';
      clearTimeout(timer);
    },
  };
}

/** A line of a watch in which the server ends it with an error. */
function errorEvent(statusCode: number): string {
  const object = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: statusCode,
    reason: REASONS[statusCode] ?? '',
    message: 'by plan',
  };
  return `${JSON.stringify({ type: 'ERROR', object })}\n`;
}

const REASONS: Readonly<Record<number, string>> = { 410: 'Expired', 500: 'InternalError', 503: 'ServiceUnavailable' };
