/** Subjects of the bus. Each kind has a fixed number of tokens, and every token matches `[A-Za-z0-9_-]`. */
import { FlotillaError } from '../errors/errors.ts';
import { TOKEN_PATTERN } from '../values/scalars.ts';

export const subjects = {
  signalRaw: (source: string) => join('signals.raw', source),
  signalNormalized: (venue: string, instrument: string) => join('signals.normalized', venue, instrument),
  proposal: (portfolio: string, strategy: string) => join('decisions.proposal', portfolio, strategy),
  /** For an agent that may publish proposals alone: the stream stores them as `proposal` (ADR 0100). */
  proposalAlone: (portfolio: string, strategy: string) => join('decisions.proposal', portfolio, strategy, 'alone'),
  orderIntent: (portfolio: string, strategy: string) => join('decisions.order_intent', portfolio, strategy),
  order: (portfolio: string, strategy: string) => join('executions.order', portfolio, strategy),
  fill: (portfolio: string, strategy: string) => join('executions.fill', portfolio, strategy),
  reconcile: (portfolio: string) => join('executions.reconcile', portfolio),
  epoch: (portfolio: string) => join('executions.epoch', portfolio),
  audit: (portfolio: string) => join('audit.event', portfolio),
  poison: (stream: string, consumer: string) => join('poison', stream, consumer),
  /** Core NATS request: is an exec of this portfolio alive? Answered by the running instance. */
  execAlive: (portfolio: string) => join('control.exec_alive', portfolio),
  /** Core NATS request: a snapshot of positions, orders and P&L, answered by exec. */
  execSnapshot: (portfolio: string) => join('query.exec', portfolio),
  /** Core NATS request: start a replay on a gateway. */
  replay: (source: string) => join('control.replay', source),
} as const;

/** The tokens after `prefix`; undefined when the subject does not begin with `prefix` or a token is invalid. */
export function subjectTokens(subject: string, prefix: string): readonly string[] | undefined {
  if (!subject.startsWith(`${prefix}.`)) return undefined;
  const tokens = subject.slice(prefix.length + 1).split('.');
  return tokens.every((part) => TOKEN_PATTERN.test(part)) ? tokens : undefined;
}

function join(prefix: string, ...tokens: readonly string[]): string {
  for (const part of tokens) {
    if (!TOKEN_PATTERN.test(part)) {
      throw new FlotillaError(
        'SUBJECT_INVALID',
        `expected a token of 1 to 63 letters, digits, _ or -, found ${JSON.stringify(part.slice(0, 80))}`,
      );
    }
  }
  return [prefix, ...tokens].join('.');
}
