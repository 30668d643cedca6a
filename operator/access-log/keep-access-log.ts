/**
 * Tells the audit log who connects to the bus and who is refused, while the operator leads. The servers of the bus are the witnesses: they tell the
 * system account of each connection, whatever the callout logs.
 */
import { workerOfName } from '@flotilla/contracts/access/principal.ts';
import type { ConnectionNews } from '@flotilla/runtime/identity/connection-news.ts';
import type { SystemAccount } from '@flotilla/runtime/identity/system-account.ts';
import type { Access } from './access-digest.ts';
import { startAccessTeller, type TellerOptions } from './access-teller.ts';

/** The client ended the connection itself, which says nothing. */
const ENDED_BY_CLIENT = 'Client Closed';

export interface AccessLogOptions extends TellerOptions {
  readonly system: Pick<SystemAccount, 'onConnection'>;
  /** Name of the principal of an account; undefined: an account of another namespace, or of a probe. */
  readonly principalOf: (account: string) => string | undefined;
  /** Whether this log holds the connections that were refused. One log of an installation does. */
  readonly tellsRefusals: boolean;
}

export interface AccessLog {
  stop(): Promise<void>;
}

export function keepAccessLog(options: AccessLogOptions): AccessLog {
  const { system, clock } = options;
  const teller = startAccessTeller(options);
  const stopListening = system.onConnection((news) => {
    const access = news.kind === 'Refused' && !options.tellsRefusals ? undefined : accessOf(news, options.principalOf);
    if (access !== undefined) teller.take(access, clock.nowMs());
  });
  return {
    async stop() {
      stopListening();
      await teller.stop();
    },
  };
}

/** Undefined for what the audit log does not hold: connections that are not of this namespace, and ends that the client chose. */
export function accessOf(
  { kind, account, user, host, reason }: ConnectionNews,
  principalOf: AccessLogOptions['principalOf'],
): Access | undefined {
  // Who was refused is not known. The callout logs the ServiceAccount, where the token proved one.
  if (kind === 'Refused') return { action: 'CONNECTION_REFUSED', details: { from: host, reason } };
  const principal = principalOf(account);
  if (principal === undefined || (kind === 'Ended' && reason === ENDED_BY_CLIENT)) return undefined;
  const { portfolio } = workerOfName(principal) ?? {};
  const details = { principal, user, from: host };
  if (kind === 'Connected') return { action: 'CONNECTION_ADMITTED', portfolio, details };
  return { action: 'CONNECTION_ENDED', portfolio, details: { ...details, reason } };
}
