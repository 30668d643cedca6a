/** Reads a message of the quarantine: an attempt of a principal on a subject that it has no right to. Pure. */

export interface Incident {
  /** Name of the principal, by which its account is known. */
  readonly principal: string;
  /** The subject that the principal tried, as the core account names it. */
  readonly subject: string;
}

const PREFIX = 'quarantine';
/** Decisions of an agent whose AgentRole diverts them: the role says so, and the agent did nothing wrong. */
const DIVERTED = /^decisions\.(?:proposal|order_intent)\.([^.]+)\.([^.]+)$/;

/** @param stored subject of a message of QUARANTINE. Undefined for a decision that an AgentRole diverts, and for another subject */
export function incidentOf(stored: string): Incident | undefined {
  const [prefix, principal, ...rest] = stored.split('.');
  if (prefix !== PREFIX || principal === undefined || rest.length === 0) return undefined;
  const subject = rest.join('.');
  const [, portfolio, strategy] = DIVERTED.exec(subject) ?? [];
  return principal === `agent-${portfolio}_${strategy}` ? undefined : { principal, subject };
}
