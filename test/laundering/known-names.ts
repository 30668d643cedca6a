/** Gives concrete subjects for the patterns of the permission matrix: names that exist in the world under attack, so that a hole is a real one. */

/** Tokens for the wildcards of patterns that match. */
const EXAMPLES: readonly (readonly [pattern: RegExp, tokens: readonly string[]])[] = [
  [/^signals\.raw/, ['tv']],
  [/^signals\.normalized/, ['paper', 'BTC-USD']],
  [/^decisions\./, ['order_intent']],
  [/^executions\.\*\.\w+\.\*/, ['order', 'momentum']],
  [/^executions\./, ['epoch']],
  [/^audit\.event/, ['main']],
  [/^poison\./, ['SIGNALS']],
  [/^query\.exec/, ['main']],
  [/^control\.replay/, ['feed']],
  [/KV\.STATUS\.gateway/, ['gateway', 'report']],
  [/KV\.STATUS\.audit/, ['checkpoint']],
  [/KV\.STATUS/, ['report']],
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
  const bucket = /\$KV\.(\w+)\.>$/.exec(pattern)?.[1] ?? '';
  return (stream === undefined ? undefined : STORED[stream]) ?? KNOWN_KEYS[bucket] ?? 'halt.main';
}

/** One stored subject of each stream. */
export const STORED: Readonly<Record<string, string>> = {
  SIGNALS: 'signals.normalized.paper.BTC-USD',
  DECISIONS: 'decisions.order_intent.main.momentum',
  EXECUTIONS: 'executions.order.main.momentum',
  AUDIT: 'audit.event.main',
  POISON: 'poison.SIGNALS.agent-main_momentum',
  QUARANTINE: 'quarantine.agent-main_suspect.decisions.order_intent.main.suspect',
};

/** One key of each bucket. */
const KNOWN_KEYS: Readonly<Record<string, string>> = {
  CONTROL: 'halt.main',
  CONFIG: 'exec.main',
  STATUS: 'exec.main.report',
  PRINCIPALS: 'token-keys',
};

/** Keys that exist before an attack, with the subject of each. */
export const STORED_KEYS = [
  '$KV.CONTROL.halt.main',
  '$KV.CONFIG.exec.main',
  '$KV.PRINCIPALS.token-keys',
  '$KV.STATUS.exec.main.report',
  '$KV.STATUS.exec.other.report',
  '$KV.STATUS.agent.main.momentum.report',
  '$KV.STATUS.agent.main.reversion.report',
] as const;
