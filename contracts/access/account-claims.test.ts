/**
 * The claims of accounts against the rights from which they are made: for random principals and random subjects, an independent reading of imports
 * and permissions allows exactly what the rights allow.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { consumerToken } from '../bus/poison-token.ts';
import { agentConsumer, execConsumer } from '../bus/consumers.ts';
import { subjects } from '../bus/subjects.ts';
import { type InstallationKeys, principalAccountBodies } from './account-claims.ts';
import { type BusRights, busRights } from './bus-rights.ts';
import { accountHash, CORE_SERVICES } from './core-account.ts';
import { type Principal, principalName } from './principal.ts';

const FIXED_PRINCIPALS: readonly Principal[] = [{ role: 'Gateway' }, { role: 'Normaliser' }, { role: 'AuditWriter' }, { role: 'Reader' }];

const KEYS: InstallationKeys = { core: 'CORE', podSigningKeys: ['SIGNER'] };
const CORE_HASH = accountHash(KEYS.core);

interface Import {
  readonly account: string;
  readonly subject: string;
  readonly local_subject?: string;
  readonly type: 'service' | 'stream';
}

interface Body {
  readonly imports: readonly Import[];
  readonly exports: readonly { readonly subject: string; readonly type: string }[];
  readonly default_permissions: {
    readonly pub: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
    readonly sub: { readonly allow: readonly string[] };
  };
}

/** Few names, so that principals often meet in a portfolio or a strategy; and the longest. */
const name = fc.constantFrom('main', 'other', 'a', 'a-b', 'b', 'x'.repeat(63));
const principals = fc
  .array(
    fc.oneof(
      fc.record({ role: fc.constant('Exec' as const), portfolio: name }),
      fc.record({ role: fc.constant('SignalAgent' as const), portfolio: name, strategy: name }),
    ),
    { maxLength: 6 },
  )
  .map((list): readonly Principal[] => [...FIXED_PRINCIPALS, ...new Map(list.map((each) => [principalName(each), each])).values()]);

function bodiesOf(list: readonly Principal[]): ReadonlyMap<string, Body> {
  const members = list.map((principal) => ({ principal, account: principalName(principal) }));
  return principalAccountBodies(members, KEYS) as unknown as ReadonlyMap<string, Body>;
}

/** Any subject that a right of anybody names, with its wildcards replaced, or with one token changed, added or removed. */
function subjectNear(list: readonly Principal[]): fc.Arbitrary<string> {
  const patterns = list.flatMap((principal) => {
    const { publish, hear, ask, answer } = busRights(principal, CORE_HASH);
    return [...publish, ...hear, ...ask, ...answer];
  });
  const token = fc.constantFrom('main', 'other', 'a', 'report', 'audit', 'SIGNALS', 'exec-main', 'x');
  return fc
    .record({
      pattern: fc.constantFrom(...patterns),
      fill: fc.array(token, { minLength: 12, maxLength: 12 }),
      change: fc.nat(20),
      kind: fc.nat(4),
    })
    .map(({ pattern, fill, change, kind }) => {
      const tokens = pattern.split('.').map((each, index) => (each === '*' || each === '>' ? (fill[index] ?? 'x') : each));
      const index = change % tokens.length;
      if (kind === 1) tokens[index] = fill[0] ?? 'x';
      if (kind === 2) tokens.push(fill[0] ?? 'x');
      if (kind === 3) tokens.splice(index, 1);
      return tokens.join('.');
    })
    .filter((subject) => subject !== '');
}

function matches(pattern: string, subject: string): boolean {
  const expression = pattern
    .split('.')
    .map((token) => (token === '*' ? '[^.]+' : token === '>' ? '.+' : token.replaceAll('$', '\\$')))
    .join('\\.');
  return new RegExp(`^${expression}$`).test(subject);
}

const any = (patterns: readonly string[], subject: string): boolean => patterns.some((pattern) => matches(pattern, subject));

/** Where a publication on `local` arrives: `<account> <subject>` of each service import that takes it. */
function arrivals({ imports, default_permissions: { pub } }: Body, local: string): readonly string[] {
  if (pub.allow === undefined || !any(pub.allow, local) || any(pub.deny ?? [], local)) return [];
  return imports
    .filter((each) => each.type === 'service' && matches(each.local_subject ?? each.subject, local))
    .map((each) => {
      const kept = /^quarantine\.[^.]+\./.exec(each.subject)?.[0];
      if (kept !== undefined && each.subject === `${kept}${each.local_subject ?? ''}`) return `${each.account} ${kept}${local}`;
      // The import's two names differ in the prefix of JetStream's API alone.
      assert.equal((each.local_subject ?? each.subject).replace(/^JSAPI\./, '$JS.API.'), each.subject);
      return `${each.account} ${each.subject.startsWith('$JS.API.') ? local.replace(/^JSAPI\./, '$JS.API.') : local}`;
    });
}

function localName(subject: string): string {
  return subject.replace(/^\$JS\.API\./, 'JSAPI.');
}

const principalsAndSubject = principals.chain((list) => fc.record({ list: fc.constant(list), subject: subjectNear(list) }));

test('principalAccountBodies: lets a publication through to the core account exactly when the rights name its subject', () => {
  fc.assert(
    fc.property(principalsAndSubject, ({ list, subject }) => {
      const bodies = bodiesOf(list);
      for (const principal of list) {
        const body = bodies.get(principalName(principal));
        assert.ok(body !== undefined);
        const { publish, trip } = busRights(principal, CORE_HASH);
        const kept = any(trip, subject) ? [`CORE quarantine.${consumerToken(principalName(principal))}.${subject}`] : [];
        const arrived = arrivals(body, localName(subject)).filter((arrival) => arrival.startsWith('CORE '));
        assert.deepEqual(
          [...new Set(arrived)],
          any(publish, subject) ? [`CORE ${subject}`] : kept,
          `${principalName(principal)} on ${subject}`,
        );
        // Under the name of the core account an account reaches JetStream's API nowhere.
        if (subject.startsWith('$JS.API.')) assert.deepEqual(arrivals(body, subject), []);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('principalAccountBodies: lets a push through exactly when the rights name it, and a subscription to nothing else', () => {
  fc.assert(
    fc.property(principalsAndSubject, ({ list, subject }) => {
      const bodies = bodiesOf(list);
      for (const principal of list) {
        const body = bodies.get(principalName(principal));
        assert.ok(body !== undefined);
        const { hear, answer } = busRights(principal, CORE_HASH);
        const pushed = `push.${subject}`;
        const mayHear = any(body.default_permissions.sub.allow, pushed);
        const isSent = body.imports.some((each) => each.type === 'stream' && each.account === 'CORE' && matches(each.subject, pushed));
        assert.deepEqual([mayHear, isSent], [any(hear, subject), any(hear, subject)], `${principalName(principal)} hears ${subject}`);
        assert.equal(
          any(body.default_permissions.sub.allow, subject),
          any(answer, subject),
          `${principalName(principal)} answers ${subject}`,
        );
      }
    }),
    { numRuns: 1_000 },
  );
});

test('principalAccountBodies: takes a request to exactly the accounts that answer it', () => {
  fc.assert(
    fc.property(principals, (list) => {
      const bodies = bodiesOf(list);
      const rights = new Map<string, BusRights>(list.map((each) => [principalName(each), busRights(each, CORE_HASH)]));
      for (const [account, body] of bodies) {
        const { ask, answer } = rights.get(account) ?? assert.fail(account);
        assert.deepEqual(
          body.exports.map(({ subject }) => subject),
          answer,
        );
        const expected = [...rights].flatMap(([other, { answer: answered }]) =>
          answered.filter((subject) => other !== account && any(ask, subject)).map((subject) => `${other} ${subject}`),
        );
        const found = body.imports.filter((each) => each.account !== 'CORE').map((each) => `${each.account} ${each.subject}`);
        assert.deepEqual(found.toSorted(), expected.toSorted());
      }
    }),
  );
});

test('principalAccountBodies: imports no subject without a wildcard under which messages are stored', () => {
  fc.assert(
    fc.property(principals, (list) => {
      for (const [account, { imports }] of bodiesOf(list)) {
        for (const { subject, type } of imports) {
          const stores = type === 'service' && /^(?:signals|decisions|executions|poison|audit|quarantine|\$KV)\./.test(subject);
          assert.ok(!stores || /\*|>/.test(subject), `${account} imports ${subject}`);
        }
      }
    }),
  );
});

test('principalAccountBodies: imports only what one service of the core account exports', () => {
  fc.assert(
    fc.property(principals, (list) => {
      for (const { imports } of bodiesOf(list).values()) {
        for (const { subject, account, type } of imports) {
          if (account !== 'CORE' || type === 'stream') continue;
          const concrete = subject.replaceAll('*', 'x').replace(/>$/, 'x.y');
          assert.equal(CORE_SERVICES.filter((service) => matches(service.subject, concrete)).length, 1, subject);
        }
      }
    }),
  );
});

test('busRights: lets every consumer report what it cannot handle, however long its name is', () => {
  fc.assert(
    fc.property(name, name, (portfolio, strategy) => {
      for (const [principal, consumer] of [
        [{ role: 'SignalAgent', portfolio, strategy }, agentConsumer(portfolio, strategy, []).name],
        [{ role: 'Exec', portfolio }, execConsumer(portfolio).name],
      ] as const) {
        const subject = subjects.poison('SIGNALS', consumerToken(consumer));
        assert.ok(any(busRights(principal, CORE_HASH).publish, subject), subject);
      }
    }),
  );
});
