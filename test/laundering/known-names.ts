/** Gives concrete subjects for the patterns of the permission matrix: names that exist in the world under attack, so that a hole is a real one. */
import type { StreamName } from '@flotilla/contracts/bus/streams.ts';

/** One consumer of each stream that is not the audit writer's. */
const CONSUMERS: Readonly<Partial<Record<StreamName, string>>> = { SIGNALS: 'agent-main_momentum', DECISIONS: 'exec-main' };

const EXAMPLES: readonly (readonly [pattern: RegExp, tokens: readonly string[]])[] = [
  [/^signals\.raw/, ['tv']],
  [/^signals\.normalized/, ['paper', 'BTC-USD']],
  [/^(?:decisions|executions)\./, ['main', 'momentum']],
  [/^audit\.event/, ['main']],
  [/^poison\.\*/, ['SIGNALS']],
  [/^poison\./, ['agent-main_momentum']],
  [/^(?:query|control)\.exec/, ['main']],
  [/^control\.replay/, ['feed']],
  [/CONSUMER\.\w+(?:\.NEXT)?\.SIGNALS|^\$JS\.ACK\.(?:_\.\w+\.)?SIGNALS/, [CONSUMERS.SIGNALS ?? '']],
  [/CONSUMER\.\w+(?:\.NEXT)?\.DECISIONS|^\$JS\.ACK\.(?:_\.\w+\.)?DECISIONS/, [CONSUMERS.DECISIONS ?? '']],
  [/KV\.STATUS\.agent/, ['main', 'momentum']],
  [/KV\.STATUS\.audit/, ['checkpoint']],
  [/KV\.STATUS/, ['main']],
];

/** `pattern` with its wildcards replaced. A `>` of an acknowledgement becomes the numbers of the first delivery of the first message. */
export function concreteSubject(pattern: string): string {
  const tokens = [...(EXAMPLES.find(([expression]) => expression.test(pattern))?.[1] ?? [])];
  return pattern
    .split('.')
    .map((token) => {
      if (token === '*') return tokens.shift() ?? 'main';
      if (token !== '>') return token;
      return pattern.startsWith('$JS.ACK') ? '1.1.1.1.0' : lastToken(pattern);
    })
    .join('.');
}

/** Of direct reads: everything behind the stream's name is a subject of that stream. */
function lastToken(pattern: string): string {
  const stream = /DIRECT\.GET\.(\w+)\.>$/.exec(pattern)?.[1];
  return (stream === undefined ? undefined : STORED[stream]) ?? 'halt.main';
}

/** One stored subject of each stream. */
export const STORED: Readonly<Record<string, string>> = {
  SIGNALS: 'signals.normalized.paper.BTC-USD',
  DECISIONS: 'decisions.order_intent.main.momentum',
  EXECUTIONS: 'executions.order.main.momentum',
  AUDIT: 'audit.event.main',
  POISON: 'poison.SIGNALS.agent-main_momentum',
};
