/** Says in words what a principal may do at the bus, row by row, for the command line and the reference page. Pure. */
import type { BusRights } from './bus-rights.ts';
import { pushSubject } from './core-account.ts';

export interface RightRow {
  /** A verb phrase: `publishes`, `takes messages`. */
  readonly action: string;
  /** Subject of the core account, with NATS wildcards. */
  readonly subject: string;
}

/** The first that matches says what a publication on the subject does. */
const ACTIONS: readonly (readonly [pattern: RegExp, action: string])[] = [
  [/^\$JS\.API\.STREAM\.(?:CREATE|UPDATE|INFO)\./, 'manages the stream'],
  [/^\$JS\.API\.CONSUMER\.(?:CREATE|DELETE)\./, 'manages consumers'],
  [/^\$JS\.API\.CONSUMER\.INFO\./, 'looks at the consumer'],
  [/^\$JS\.API\.CONSUMER\.RESET\./, 'restarts the consumer'],
  [/^\$JS\.API\.CONSUMER\.MSG\.NEXT\./, 'takes messages'],
  [/^\$JS\.ACK\./, 'acknowledges'],
  [/^\$JS\.API\.STREAM\.MSG\.GET\./, 'reads from the leader'],
  [/^\$JS\.API\.DIRECT\.GET\.KV_/, 'reads keys'],
  [/^\$JS\.API\.DIRECT\.GET\./, 'reads the stream'],
  [/^\$KV\./, 'writes keys'],
];

export function describeRights({ publish, hear, answer, ask }: BusRights): readonly RightRow[] {
  return [
    ...publish.map((subject) => ({ action: actionOf(subject), subject })),
    ...hear.map((subject) => ({ action: 'hears', subject: pushSubject(subject) })),
    ...answer.map((subject) => ({ action: 'answers', subject })),
    ...ask.map((subject) => ({ action: 'asks', subject })),
  ];
}

function actionOf(subject: string): string {
  return ACTIONS.find(([pattern]) => pattern.test(subject))?.[1] ?? 'publishes';
}
