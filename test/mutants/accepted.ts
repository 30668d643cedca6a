/**
 * Mutants that no unit test kills: those that behave like the source, each with the reason why it is equivalent, and those that an integration
 * test kills, each with that test.
 */

/** Says which mutant is meant. */
export interface MutantPlace {
  readonly path: string;
  /** The source line, trimmed. */
  readonly code: string;
  /** As printed by `make mutants`. */
  readonly change: string;
  /** Mutants of the same line that the entry stands for; one unless told. */
  readonly count?: number;
}

export interface AcceptedMutant extends MutantPlace {
  readonly reason: string;
}

/** A mutant of code that only a process of its own runs. `INTEGRATION=1` proves the entry. */
export interface MutantOfIntegrationTest extends MutantPlace {
  /** The integration test file that kills the mutant. */
  readonly killedBy: string;
}

const KEY_SPACING_TIMER = 'the timer only frees memory: `waitMs` compares times, so a key that is kept longer waits no longer';
const ALREADY_TAKEN = 'an assertion against a bug of the queue itself: no sequence of calls reaches it';
const CROSSING =
  'a flat position opens whatever `opposite` says, and a trade of zero changes neither quantity nor cost, whether it opens or closes';

const OPEN_BELOW_ZERO =
  'an assertion against a bug of the order book itself: `applyFill` refuses fills beyond the quantity of an order before this line is reached';

const ANY_NEGATIVE = 'the number stands for "none" and is compared with numbers from 0: every negative number does';
const SIGN = 'a comparison function says by its sign alone which of two comes first';
const ONE_ENTRY = 'the CRD holds one entry for each namespace: the list is a map by that key';

export const ACCEPTED_MUTANTS: readonly AcceptedMutant[] = [
  {
    path: 'exec/checks/order-price.ts',
    code: 'return market === undefined ? undefined : larger(market.reference, numbers?.limitPrice ?? 0n);',
    change: '0n → 1n',
    reason: 'a market price is one tick or more, so never below 1n',
  },
  {
    path: 'exec/checks/worst-gross.ts',
    code: 'const own = exposures.find(isOwn)?.exposure ?? NO_EXPOSURE;',
    change: 'find → findLast',
    reason: 'the exposures hold one entry for each strategy and instrument',
  },
  {
    path: 'kube/controller/key-spacing.ts',
    code: 'if (restsUntilMs.get(key) === untilMs) restsUntilMs.delete(key);',
    change: 'restsUntilMs.get(key) === untilMs → false',
    reason: KEY_SPACING_TIMER,
  },
  {
    path: 'kube/controller/key-spacing.ts',
    code: 'if (restsUntilMs.get(key) === untilMs) restsUntilMs.delete(key);',
    change: 'restsUntilMs.delete(key); → ;',
    reason: KEY_SPACING_TIMER,
  },
  {
    path: 'kube/controller/key-spacing.ts',
    code: 'clock.after(spacingMs, () => {',
    change: 'clock.after(spacingMs, () => { if (restsUntilMs.get(key) … → ;',
    reason: KEY_SPACING_TIMER,
  },
  {
    path: 'kube/controller/delayed-keys.ts',
    code: 'if (held !== undefined && held.dueMs === next.dueMs && held.rank === next.rank) return;',
    change: 'held !== undefined && held.dueMs === next.dueMs && held.r… → false',
    reason: 'saves a timer: the same key with the same rank is due at the same time',
  },
  {
    path: 'kube/controller/work-queue.ts',
    code: 'assert(!taken.has(key) && priority !== undefined, `expected that no worker has ${key}: two workers would reconcile it at once`);',
    change: 'assert(!taken.has(key) && priority !== undefined, `expect… → ;',
    reason: ALREADY_TAKEN,
  },
  {
    path: 'kube/controller/work-queue.ts',
    code: 'assert(!taken.has(key) && priority !== undefined, `expected that no worker has ${key}: two workers would reconcile it at once`);',
    change: '&& → ||',
    reason: ALREADY_TAKEN,
  },
  {
    path: 'kube/controller/waiting-keys.ts',
    code: 'assert(line !== undefined, `expected a rank from 0 to ${PRIORITIES.length - 1}, found ${rank}`);',
    change: 'assert(line !== undefined, `expected a rank from 0 to ${P… → ;',
    reason: 'ranks come from priorities by type: no caller can give another one',
  },
  {
    path: 'kube/controller/retry-delay.ts',
    code: 'const askedMs = error instanceof ClusterError ? (error.retryAfterMs ?? 0) : 0;',
    change: '0 → 1',
    count: 2,
    reason: 'the shortest back-off is 50 ms, so a wait of 1 ms never decides',
  },
  {
    path: 'kube/execute/applied-memory.ts',
    code: 'if (memory.seen === live) return true;',
    change: 'memory.seen === live → false',
    reason: 'saves a comparison: an object has the same effect as itself',
  },
  {
    path: 'kube/execute/event-recorder.ts',
    code: 'if (allowed < 0) await clock.sleep(-allowed * EVENT_SPACING_MS, stopping.signal);',
    change: '< → <=',
    reason: 'a sleep of 0 ms',
  },
  {
    path: 'exec/ledger/position.ts',
    code: 'const opposite = position.quantity > 0n !== trade.signedQuantity > 0n;',
    change: '> → >=',
    count: 2,
    reason: CROSSING,
  },
  {
    path: 'exec/ledger/position.ts',
    code: 'if (absolute(trade.signedQuantity) <= absolute(position.quantity)) return close(charged, trade.signedQuantity, trade.price);',
    change: '<= → <',
    reason: 'a trade as large as the position closes it in the next lines too, and opens a position of zero, which changes nothing',
  },
  ...[
    [
      'assert(moved === position.cost - before.cost - realized + trade.fee, `a fill of ${fill.strategy} in ${fill.instrument} does not balance`);',
      'assert(moved === position.cost - before.cost - realized +… → ;',
    ],
    [
      'assert(entry.position.cost === 0n, `the closed position ${key} must have no cost`);',
      'assert(entry.position.cost === 0n, `the closed position $… → ;',
    ],
  ].map(([code = '', change = '']) => ({
    path: 'exec/ledger/ledger.ts',
    code,
    change,
    reason: 'an assertion against a bug of the ledger itself: the arithmetic of positions holds it for every fill',
  })),
  {
    path: 'exec/ledger/ledger.ts',
    code: "day: { day: '', net: 0n },",
    change: '0n → 1n',
    reason: 'the net of a day is read under the name of the day alone, and no day has an empty name',
  },
  ...[
    ['while (place.index < through) {', '< → <=', 'one more turn of the loop takes no line'],
    ['if (place.index === stopAt) break;', 'place.index === stopAt → false', 'saves reading on: no further line is taken'],
  ].map(([code = '', change = '', reason = '']) => ({ path: 'audit/verify/read-stretch.ts', code, change, reason })),
  {
    path: 'audit/verify/diagnose.ts',
    code: 'if (stretch.signed !== undefined) {',
    change: 'stretch.signed !== undefined → true',
    reason: 'saves hashing: without a signed root no tree is asked',
  },
  {
    path: 'exec/config/read-config.ts',
    code: 'if (unreadableInstruments.size === 0) return strategy;',
    change: 'unreadableInstruments.size === 0 → false',
    reason: 'saves a copy: the filter removes no instrument',
  },
  ...[
    ['const sizeBytes = (await handle.stat()).size - offsetBytes;', '- → +'],
    ['const pieceBytes = Math.min(PIECE_BYTES, Math.max(PIECE_BYTES_MIN, sizeBytes + 1));', '+ → -'],
    ['const pieceBytes = Math.min(PIECE_BYTES, Math.max(PIECE_BYTES_MIN, sizeBytes + 1));', '1 → 2'],
    ['let buffer = Buffer.allocUnsafe(1 + pieceBytes);', '1 → 2'],
  ].map(([code = '', change = '']) => ({
    path: 'audit/verify/read-lines.ts',
    code,
    change,
    reason: 'the first size of a buffer that grows when it is full',
  })),
  {
    path: 'audit/verify/run-verify.ts',
    code: '...(isTrusting ? { trusted: { size, root } } : {}),',
    change: 'isTrusting → true',
    reason: 'without --expect-size the size is NaN, which no log has and no log exceeds',
  },
  {
    path: 'audit/verify/main.ts',
    code: 'requireNode();',
    change: 'requireNode(); → ;',
    reason: 'does nothing on the Node that runs the tests; `runtime/require-node.test.ts` tests the function',
  },
  {
    path: 'exec/orders/order-book.ts',
    code: 'if (change === 0n) return after;',
    change: 'change === 0n → false',
    reason: 'saves two lookups: adding nothing to what is open changes nothing',
  },
  ...['assert(open.buy >= 0n && open.sell >= 0n, `the open quant… → ;', '&& → ||'].map((change) => ({
    path: 'exec/orders/order-book.ts',
    code: 'assert(open.buy >= 0n && open.sell >= 0n, `the open quantity of ${key} must not fall below zero: order ${order.orderId}`);',
    change,
    reason: OPEN_BELOW_ZERO,
  })),
  {
    path: 'exec/halt/account-halt.ts',
    code: 'report = report === undefined ? undefined : { ...report, ...step };',
    change: 'report === undefined → false',
    reason: 'a step comes only after a halt was engaged, which sets the report',
  },
  {
    path: 'exec/halt/judge-halt-record.ts',
    code: "assert(verdict.view.state !== 'RELEASED' || verdict.view.generation === generations.highest, 'only the newest record opens the gate');",
    change: "assert(verdict.view.state !== 'RELEASED' || verdict.view.… → ;",
    reason: 'an assertion against a bug of this file itself: `judgeReleased` opens the gate for the newest record alone',
  },
  {
    path: 'exec/halt/judge-halt-record.ts',
    code: '{ highest = 0, highestEngaged = -1 }: HaltGenerations,',
    change: '1 → 2',
    reason: 'generations are 0 or above, so every negative number says that no halt was ever engaged',
  },
  {
    path: 'operator/kill-switch/controller.ts',
    code: "intents.map((intent) => (intent.type === 'status' ? { ...intent, fieldManager } : intent)),",
    change: "intent.type === 'status' → true",
    reason: 'the other intents of a status are events, and the executor reads no field manager of an event',
  },
  {
    path: 'operator/kill-switch/controller.ts',
    code: 'if ((status?.observedGeneration ?? -1) < 0 || status?.namespaces !== undefined) return;',
    change: '1 → 2',
    reason: ANY_NEGATIVE,
  },
  {
    path: 'operator/kill-switch/engagements.ts',
    code: "if (tightnessOf(record) >= tightnessOf({ state: 'ENGAGED', mode: one.mode })) seenOf(one.uid).engaged.add(portfolio);",
    change: "'ENGAGED' → 'BusUnavailable'",
    reason: 'tightness depends on the mode in every state but RELEASED',
  },
  {
    path: 'operator/kill-switch/engagements.ts',
    code: 'const entry = (status as KillSwitchStatus | undefined)?.namespaces?.find((one) => one.namespace === namespace);',
    change: 'find → findLast',
    reason: ONE_ENTRY,
  },
  {
    path: 'operator/kill-switch/gather.ts',
    code: 'record: synced.ok ? synced.value : undefined,',
    change: 'synced.ok → true',
    reason: 'an attempt that failed has no value',
  },
  ...['queues.get(portfolio) === mine → false', 'queues.delete(portfolio); → ;'].map((change) => ({
    path: 'operator/kill-switch/halt-register.ts',
    code: 'if (queues.get(portfolio) === mine) queues.delete(portfolio);',
    change,
    reason: 'only frees memory: the next sync waits for a promise that is settled already',
  })),
  {
    path: 'operator/kill-switch/halt-register.ts',
    code: "const before = current.kind === 'record' ? current.record : undefined;",
    change: "current.kind === 'record' → true",
    reason: 'readings of other kinds have no record',
  },
  {
    path: 'operator/kill-switch/halt-register.ts',
    code: 'if (compareResourceVersions(resourceVersion, held) >= 0) newest.set(uid, object);',
    change: '>= → >',
    reason: 'two objects of one uid and one version are the same object',
  },
  ...(
    [
      ['conditions: [...conditions].sort((a, b) => (a.type < b.type ? -1 : 1)),', 'no two conditions have one type'],
      [
        'portfolios: portfolios.filter((one) => one.namespace === namespace).sort((a, b) => (a.name < b.name ? -1 : 1)),',
        'no two portfolios of a namespace have one name',
      ],
    ] as const
  ).flatMap(([code, unique]) => [
    { path: 'operator/kill-switch/is-told.ts', code, change: '< → <=', reason: unique },
    { path: 'operator/kill-switch/is-told.ts', code, change: '< → >=', reason: 'both statuses are sorted alike, whichever way' },
    { path: 'operator/kill-switch/is-told.ts', code, change: '1 → 2', count: 2, reason: SIGN },
  ]),
  {
    path: 'operator/kill-switch/namespace-halt.ts',
    code: 'const slowest = Math.max(-1, ...steps.map(({ gateClosedDurationMs }) => gateClosedDurationMs ?? -1));',
    change: '1 → 2',
    count: 2,
    reason: ANY_NEGATIVE,
  },
  {
    path: 'operator/kill-switch/plan-halt.ts',
    code: "return record.state === 'RELEASED' && (input.exec?.value.halt?.generation ?? -1) >= record.generation;",
    change: '1 → 2',
    reason: ANY_NEGATIVE,
  },
  {
    path: 'operator/kill-switch/plan-halt.ts',
    code: 'return a < b ? -1 : a > b ? 1 : 0;',
    change: '1 → 2',
    count: 2,
    reason: SIGN,
  },
  {
    path: 'operator/kill-switch/status.ts',
    code: 'const halts = [...observation.portfolios].sort((a, b) => (a.name < b.name ? -1 : 1));',
    change: '1 → 2',
    count: 2,
    reason: SIGN,
  },
  {
    path: 'operator/kill-switch/status.ts',
    code: 'const entries = [own, ...others].sort((a, b) => (a.namespace < b.namespace ? -1 : 1));',
    change: '1 → 2',
    count: 2,
    reason: SIGN,
  },
  {
    path: 'operator/kill-switch/status.ts',
    code: 'const missing = count - (others.find((entry) => entry.namespace === name)?.portfolioCount ?? 0);',
    change: 'find → findLast',
    reason: ONE_ENTRY,
  },
  {
    path: 'operator/kill-switch/status.ts',
    code: 'slowestMs: Math.max(-1, ...entries.map((entry) => entry.gateClosedDurationMsMax ?? -1)),',
    change: '1 → 2',
    count: 2,
    reason: ANY_NEGATIVE,
  },
  {
    path: 'operator/kill-switch/halt-register.ts',
    code: 'if (compareResourceVersions(resourceVersion, held) >= 0) newest.set(uid, object);',
    change: '0 → 1',
    reason: 'two objects of one uid and one version are the same object',
  },
  ...(
    [
      [
        "assert(wanted === undefined || record.state === 'ENGAGED', 'a KillSwitch in force must leave the record ENGAGED');",
        "assert(wanted === undefined || record.state === 'ENGAGED'… → ;",
      ],
      ['assert(', "assert( current.kind !== 'record' || record === current.r… → ;"],
      ["current.kind !== 'record' || record === current.record || record.generation > current.record.generation,", '> → >='],
      [
        "assert(record.generation >= highestGeneration(input), 'a halt record must not be behind what exec has seen');",
        "assert(record.generation >= highestGeneration(input), 'a … → ;",
      ],
    ] as const
  ).map(([code, change]) => ({
    path: 'operator/kill-switch/plan-halt.ts',
    code,
    change,
    reason: 'an assertion against a bug of this file itself: no input reaches it',
  })),
  {
    path: 'operator/kill-switch/plan-halt.ts',
    code: 'return switches.find(({ uid, deleting }) => deleting && uid === record.haltId)?.override;',
    change: 'find → findLast',
    reason: 'no two KillSwitches have one uid',
  },
  {
    path: 'operator/kill-switch/plan-halt.ts',
    code: 'return a < b ? -1 : a > b ? 1 : 0;',
    change: 'a > b → false',
    reason: 'the sort of a short list asks only whether one goes before another, which the first condition answers',
  },
  ...(
    [
      [
        'const halts = [...observation.portfolios].sort((a, b) => (a.name < b.name ? -1 : 1));',
        'no two portfolios of a namespace have one name',
      ],
      ['const entries = [own, ...others].sort((a, b) => (a.namespace < b.namespace ? -1 : 1));', ONE_ENTRY],
    ] as const
  ).map(([code, reason]) => ({ path: 'operator/kill-switch/status.ts', code, change: '< → <=', reason })),
  ...(['hashAnnotation === undefined → false', 'hashAnnotation === undefined → true', '=== → !=='] as const).map((change) => ({
    path: 'kube/execute/applied-memory.ts',
    code: '(hashAnnotation === undefined ? undefined : annotationsOf(manifest)?.[hashAnnotation]) ?? contentHash(manifest);',
    change,
    reason: 'saves a hash: the hash of a manifest and that in its annotation differ for the same manifests',
  })),
  {
    path: 'kube/execute/applied-memory.ts',
    code: 'if (hashAnnotation === undefined) return false;',
    change: 'hashAnnotation === undefined → false',
    reason: 'no manifest carries its hash then, so the next line gives false too',
  },
  ...(['allowed < 0 → true', '0 → 1'] as const).map((change) => ({
    path: 'kube/execute/event-recorder.ts',
    code: 'if (allowed < 0) await clock.sleep(-allowed * EVENT_SPACING_MS, stopping.signal);',
    change,
    reason: 'a sleep of a negative time ends at once',
  })),
  {
    path: 'kube/execute/written-caches.ts',
    code: 'return holder === undefined ? undefined : views.get(holder);',
    change: 'holder === undefined → false',
    reason: 'no cache is undefined, so the map has no such key',
  },
  {
    path: 'exec/reconcile/reconciler.ts',
    code: 'let ranAtMs = 0;',
    change: '0 → 1',
    reason: 'the recovery reconciles before the loop begins, and sets the time',
  },
  ...[
    ['let count = 0;', '0 → 1'],
    ['count += 1;', '+= → -='],
    ['count += 1;', '1 → 2'],
  ].map(([code = '', change = '']) => ({
    path: 'exec/reconcile/reconciler.ts',
    code,
    change,
    reason: 'the count only makes ids differ within an epoch, and every sequence without a repetition does that',
  })),
];

/** Written down only after a run with `INTEGRATION=1` has shown the kill. */
export const MUTANTS_OF_INTEGRATION_TESTS: readonly MutantOfIntegrationTest[] = [
  {
    path: 'kube/execute/event-recorder.ts',
    code: 'if (error instanceof AssertionError) throw error;',
    change: 'error instanceof AssertionError → false',
    killedBy: 'kube/testing/bugs.integration.test.ts',
  },
  ...[
    ['const { exitCode, stdout, stderr } = await runVerify(process.argv.slice(2));', '2 → 3'],
    ['process.stderr.write(stderr);', 'process.stderr.write(stderr); → ;'],
    ['process.stdout.write(stdout);', 'process.stdout.write(stdout); → ;'],
  ].map(([code = '', change = '']) => ({
    path: 'audit/verify/main.ts',
    code,
    change,
    killedBy: 'audit/verify/anchors.integration.test.ts',
  })),
];
