/** Audit log: append with checkpoints and fsync, and offline verification. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultKeyFile, loadSigningKey, openAuditLog, verifyFolder } from '@flotilla/audit';
import { encodeEvent } from '@flotilla/contracts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { beginBench, round } from './harness/report.ts';
import { spread } from './harness/statistics.ts';

const RUNS = 5;
const ENTRIES = 200_000;
/** Largest number of entries of one stream in one group commit of the service. */
const BATCH = 1_000;
/** Appends under way at a time: the five streams of the service. */
const STREAMS_AT_ONCE = 5;
const APPEND_PER_S_MIN = 20_000;
const VERIFY_PER_S_MIN = 200_000;

const bench = beginBench(
  'audit',
  `${RUNS} runs of ${ENTRIES} fills (about 1 KiB an entry): append in batches of ${BATCH}, ${STREAMS_AT_ONCE} at a time, each synced to disk before it ` +
    `resolves, default checkpoints, payloads parsed and proven canonical; then the verifier over the same folder`,
);

type Records = Parameters<Awaited<ReturnType<typeof openAuditLog>>['append']>[0];

function fillRecords(count: number): Records {
  return Array.from({ length: count }, (_, position) => {
    const id = position.toString(16).padStart(64, '0');
    const fill = {
      schemaVersion: 1,
      id,
      corrId: id,
      causationId: `DECISIONS:${position}`,
      time: '2026-11-21T12:00:00.000Z',
      producer: { service: 'exec', revision: 'bench' },
      portfolio: 'main',
      epoch: 1,
      strategy: 'btc-momentum',
      instrument: 'BTC-USD',
      account: 'paper',
      venue: 'paper',
      orderId: id.slice(32),
      intentId: id,
      tradeId: String(position),
      side: 'BUY',
      price: '611.87',
      quantity: '0.5',
      fee: '0.15',
      liquidity: 'TAKER',
      fillType: 'FULL',
      filledQuantity: '0.5',
      leavesQuantity: '0',
    };
    const headers = { 'Nats-Msg-Id': id, 'Flotilla-Type': 'executions.fill', 'Flotilla-Corr-Id': id };
    const message = {
      stream: 'EXECUTIONS',
      sequence: position + 1,
      subject: 'executions.fill.main.btc-momentum',
      storedAtMs: 1.79e12 + position,
    };
    return { type: 'message', message: { ...message, payload: encodeEvent(fill), headers } };
  });
}

async function appendAll(folder: string, records: Records): Promise<number> {
  const signer = await loadSigningKey(defaultKeyFile(folder), 'flotilla.dev/bench');
  const log = await openAuditLog({ folder, signer, clock: systemClock });
  const startedMs = performance.now();
  const underWay: Promise<void>[] = [];
  for (let start = 0; start < records.length; start += BATCH) {
    underWay.push(log.append(records.slice(start, start + BATCH)));
    if (underWay.length >= STREAMS_AT_ONCE) await underWay.shift();
  }
  await Promise.all(underWay);
  await log.close();
  return records.length / ((performance.now() - startedMs) / 1_000);
}

const records = fillRecords(ENTRIES);
const append: number[] = [];
const verify: number[] = [];
for (let run = 1; run <= RUNS; run += 1) {
  const parent = await mkdtemp(join(tmpdir(), 'flotilla-bench-audit-'));
  const folder = join(parent, 'log');
  try {
    append.push(await appendAll(folder, records));
    const startedMs = performance.now();
    const result = await verifyFolder(folder, { sealed: true });
    verify.push(result.entries / ((performance.now() - startedMs) / 1_000));
    if (!result.ok) throw new Error(`the log does not verify: ${JSON.stringify(result.finding)}`);
    const { size } = await stat(join(folder, 'segment-0000000000000000.jsonl'));
    const [appendRate = 0, verifyRate = 0] = [append.at(-1), verify.at(-1)];
    bench.line(
      `run ${run}: append ${round(appendRate)} entries/s, verify ${round(verifyRate)} entries/s (${Math.round(size / 65_536)} bytes an entry)`,
    );
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}
const results = { entries: ENTRIES, appendPerS: spread(append), verifyPerS: spread(verify) };
bench.finish(results, [
  { what: 'append with checkpoints', found: results.appendPerS.median, bound: APPEND_PER_S_MIN, sense: 'at least', unit: 'entries/s' },
  { what: 'offline verify', found: results.verifyPerS.median, bound: VERIFY_PER_S_MIN, sense: 'at least', unit: 'entries/s' },
]);
