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
  const told: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let mode: 'pass' | 'swallow' | 'hold' = 'pass';
  let held: WatchLine[] = [];
  let closed = false;

  const pass = ({ text, event }: WatchLine): void => {
    write(`${text}\n`);
    if (event.type === 'BOOKMARK') return;
    told.push(text);
    if (told.length > HISTORY_LINES_MAX) told.shift();
  };
  const error = (statusCode: number): void => {
    if (statusCode === 410) forgotten();
    const object = {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      code: statusCode,
      reason: REASONS[statusCode] ?? '',
      message: 'by plan',
    };
    write(`${JSON.stringify({ type: 'ERROR', object })}\n`);
    close();
    end();
  };
  const close = (): void => {
    closed = true;
    clearTimeout(timer);
  };
  const after = (ms: number, work: () => void): void => {
    timer = setTimeout(() => {
      if (!closed) work();
    }, ms);
  };
  const release = (lines: readonly WatchLine[]): void => {
    mode = 'pass';
    held = [];
    for (const line of lines) pass(line);
  };

  const strike = (found: EventFault, line: WatchLine): void => {
    switch (found.kind) {
      case 'dropped':
        mode = 'swallow';
        after(found.ms, () => {
          if (found.end === 'gone') return error(410);
          close();
          destroy();
        });
        return;
      case 'duplicated':
        pass(line);
        for (const text of told.slice(-found.count)) write(`${text}\n`);
        return;
      case 'late':
        mode = 'hold';
        held.push(line);
        after(found.ms, () => release(held));
        return;
      case 'coalesced':
        mode = 'hold';
        held.push(line);
        after(found.ms, () => release(coalesce(held)));
        return;
      case 'truncated-line':
        write(line.text.slice(0, line.text.length / 2));
        close();
        // Only after the bytes were sent, because a reset may overtake them.
        setTimeout(destroy, 20);
        return;
      case 'error-event':
        error(found.statusCode);
    }
  };

  return {
    take(text) {
      if (closed || mode === 'swallow') return;
      const line: WatchLine = { text, event: JSON.parse(text) as WatchLine['event'] };
      const found = mode === 'hold' || line.event.type === 'BOOKMARK' || line.event.type === 'ERROR' ? undefined : fault();
      if (mode === 'hold') held.push(line);
      else if (found === undefined) pass(line);
      else strike(found, line);
    },
    expire: () => {
      if (!closed) error(410);
    },
    close,
  };
}

const REASONS: Readonly<Record<number, string>> = { 410: 'Expired', 500: 'InternalError', 503: 'ServiceUnavailable' };
