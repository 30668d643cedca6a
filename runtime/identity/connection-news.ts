/**
 * Reads the events that the servers of the bus publish on the system account about connections. Source: NATS, "System Events". Pure.
 *
 * An event holds the claims of the connection too. This file takes names and addresses alone, so that no claims reach a log.
 */

/** Subjects of the events, as the system account hears them from every server. */
export const CONNECTION_SUBJECTS = ['$SYS.ACCOUNT.*.CONNECT', '$SYS.ACCOUNT.*.DISCONNECT', '$SYS.SERVER.*.CLIENT.AUTH.ERR'] as const;

const TEXT_LENGTH_MAX = 128;

export interface ConnectionNews {
  readonly kind: 'Connected' | 'Ended' | 'Refused';
  /** Public key of the account; of a refused connection, the account in which it arrived. */
  readonly account: string;
  /** Name of the user's claims as the callout or the operator signed it, for example `agent-main_btc (btc-agent-0)`. */
  readonly user: string;
  /** Address of the client, without its port. */
  readonly host: string;
  /** In the server's words; empty for a new connection. */
  readonly reason: string;
}

/** Undefined for another message. */
export function readConnectionNews(subject: string, text: string): ConnectionNews | undefined {
  const kind = kindOf(subject);
  const event = parse(text);
  if (kind === undefined || event === undefined) return undefined;
  const client = (typeof event['client'] === 'object' ? event['client'] : undefined) as
    | Readonly<Record<string, unknown>>
    | null
    | undefined;
  return {
    kind,
    account: textOf(client?.['acc']),
    // A refused connection shows the claims that every connection may show.
    user: kind === 'Refused' ? '' : textOf(client?.['user']),
    host: textOf(client?.['host']),
    reason: textOf(event['reason']),
  };
}

function kindOf(subject: string): ConnectionNews['kind'] | undefined {
  if (subject.endsWith('.CLIENT.AUTH.ERR')) return 'Refused';
  if (subject.endsWith('.DISCONNECT')) return 'Ended';
  return subject.endsWith('.CONNECT') ? 'Connected' : undefined;
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** Printable, because the server repeats what a client sent. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value.replaceAll(/[^ -~]/g, '?').slice(0, TEXT_LENGTH_MAX) : '';
}
