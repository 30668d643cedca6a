/**
 * Gives the cells of the permission matrix that a probe tries for one principal: what the principal may not do, and a sample of what it may. Pure.
 *
 * No cell changes anything, even where a right is missing its wall: a publication names a sequence that no stream has, and a request carries a
 * payload that JetStream refuses.
 */
import { BUCKETS } from '@flotilla/contracts/bus/buckets.ts';
import { STREAMS } from '@flotilla/contracts/bus/streams.ts';
import { type BusRights, busRights, CORE_RIGHTS } from '@flotilla/contracts/access/bus-rights.ts';
import { pushSubject, subjectInAccount } from '@flotilla/contracts/access/core-account.ts';
import { makeSubjectMatcher } from '@flotilla/contracts/access/subject-match.ts';
import type { Cell, ProbeCells } from '@flotilla/runtime/identity/try-cells.ts';
import { type Principal, principalName } from '@flotilla/contracts/access/principal.ts';

/** Requests that no principal may make. */
const FORBIDDEN_TO_ALL: readonly string[] = [
  ...['DELETE', 'PURGE', 'UPDATE', 'SNAPSHOT', 'MSG.DELETE'].flatMap((verb) => [
    `$JS.API.STREAM.${verb}.EXECUTIONS`,
    `$JS.API.STREAM.${verb}.KV_CONTROL`,
  ]),
  ...[...Object.keys(STREAMS), ...Object.values(BUCKETS).map(({ name }) => `KV_${name}`)].map((name) => `$JS.API.STREAM.INFO.${name}`),
  '$JS.API.CONSUMER.CREATE.EXECUTIONS.probe',
  '$JS.API.CONSUMER.PAUSE.DECISIONS.audit',
  '$SYS.REQ.CLAIMS.UPDATE',
  '$SYS.REQ.SERVER.PING',
];

/** Pushes of every stream that pushes. */
const PUSHED_TO_FEW: readonly string[] = ['executions.epoch.probe', 'executions.order.probe.probe', 'signals.normalized.probe.probe'];

/** JetStream answers a pull of a consumer that does not exist yet with silence, so a pull proves nothing of a new principal. */
const PULL = '$JS.API.CONSUMER.MSG.NEXT.';

/** Principals whose rights a probe tries, so that a fleet of a thousand does not make a million cells. */
const VICTIMS_MAX = 8;

/** @param others every principal; the probe tries the rights of a bounded, spread sample of them */
export function probeCells(principal: Principal, others: readonly Principal[], coreHash: string): ProbeCells {
  const own = busRights(principal, coreHash);
  const victims = sample(
    others.filter((other) => principalName(other) !== principalName(principal)),
    principalName(principal),
  );
  const forms = formsOf(principal);
  const subjects = new Set(
    [CORE_RIGHTS, ...[...forms, ...victims].map((one) => busRights(one, coreHash))].flatMap(({ publish }) => publish.map(concrete)),
  );
  for (const subject of FORBIDDEN_TO_ALL) subjects.add(subject);
  const heard = new Set(
    [CORE_RIGHTS, ...[...forms, ...victims].map((one) => busRights(one, coreHash))].flatMap(({ hear }) => hear.map(concrete)),
  );
  for (const subject of PUSHED_TO_FEW) heard.add(subject);
  const hears = makeSubjectMatcher(own.hear);
  const isAllowed = allowedBy(own);
  return {
    // The quarantine of another principal has no name in this account, and its own name would mean the tripwire of this one.
    forbidden: [...subjects].filter((subject) => !isAllowed(subject)).map((subject) => cellOf(subject, nameOfForbidden(subject))),
    allowed: own.publish
      .filter((subject) => !subject.startsWith(PULL))
      .map(concrete)
      .map((subject) => cellOf(subject, subjectInAccount(subject))),
    hearing: {
      forbidden: [...heard].filter((subject) => !hears(subject)).map(pushSubject),
      allowed: own.hear.map(concrete).map(pushSubject),
    },
  };
}

/** The principal with all rights that its role could have. What is taken away of them is forbidden too. */
function formsOf(principal: Principal): readonly Principal[] {
  switch (principal.role) {
    case 'SignalAgent':
      return [
        { ...principal, publications: 'Deliver' },
        { ...principal, publications: 'Proposals' },
      ];
    case 'Gateway':
      return [{ ...principal, normalises: true }];
    default:
      return [principal];
  }
}

/** A spread that differs between principals, so that in time every pair is tried. */
function sample(principals: readonly Principal[], seed: string): readonly Principal[] {
  const step = Math.max(1, Math.floor(principals.length / VICTIMS_MAX));
  const start = Buffer.from(seed).reduce((sum, byte) => sum + byte, 0) % step;
  return principals.filter((_, index) => index % step === start).slice(0, VICTIMS_MAX);
}

/** The first that matches gives the tokens in place of the wildcards, so that JetStream knows the subject. */
const EXAMPLES: readonly (readonly [pattern: RegExp, tokens: readonly string[]])[] = [
  [/^decisions\.\*/, ['order_intent', 'probe', 'probe']],
  [/^executions\.\*\.[^.]+$/, ['reconcile']],
  [/^executions\.\*/, ['order', 'probe']],
  [/^poison\.\*/, ['SIGNALS', 'probe']],
];

function concrete(pattern: string): string {
  const tokens = [...(EXAMPLES.find(([expression]) => expression.test(pattern))?.[1] ?? [])];
  return pattern
    .split('.')
    .map((token) => {
      if (token === '*') return tokens.shift() ?? 'probe';
      return token === '>' ? (pattern.startsWith('$JS.ACK') ? '1.1.1.1.0' : 'probe') : token;
    })
    .join('.');
}

function nameOfForbidden(subject: string): string {
  return subject.startsWith('quarantine.') ? subject : subjectInAccount(subject);
}

function cellOf(subject: string, sentOn: string): Cell {
  const kind = subject.startsWith('$JS.ACK.') ? 'acknowledge' : /^\$(?:JS|SYS)\./.test(subject) ? 'request' : 'store';
  return { subject, sentOn, kind };
}

/** By the names in the account of the principal, because a quarantined principal publishes under the names of before. */
function allowedBy({ publish, ask }: BusRights): (subject: string) => boolean {
  const matches = makeSubjectMatcher([...publish, ...ask].map(subjectInAccount));
  return (subject) => matches(subjectInAccount(subject));
}
