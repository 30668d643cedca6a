/** Measures the time from an accepted webhook to its published fill, and compares it with the same number of plain JetStream hops. */
import { agentConsumer, execConsumer, normaliserConsumer } from '@flotilla/contracts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { fleetInstruments, PORTFOLIO, SOURCE, STRATEGY } from '@flotilla/test/fleet/fleet-config.ts';
import { publishQuotes } from '@flotilla/test/fleet/publish-quotes.ts';
import { startFleet } from '@flotilla/test/fleet/start-fleet.ts';
import { beginBench, type Goal, round } from './harness/report.ts';
import { sendSteadily } from './harness/send-steadily.ts';
import { median, percentile } from './harness/statistics.ts';
import { storedTimes } from './harness/stored-times.ts';
import { makeWebhookSender } from './harness/webhook-sender.ts';
import { floorSubjects, type FloorVariant } from './hops/floor-streams.ts';
import { startFloor } from './hops/start-floor.ts';

const RATES_PER_S = [50, 200] as const;
/** Rounds a rate; each takes about 20 s. */
const ROUNDS = Number(process.env['FLOTILLA_BENCH_ROUNDS'] ?? '5');
const ROUND_SECONDS = 6;
const WARM_UP_SECONDS = 4;
/** An agent holds an order back while its last one for the same instrument is open; a desk's webhooks spread over some. */
const INSTRUMENTS = 8;
const P50_RATIO_MAX = 1.5;
const P99_RATIO_MAX = 2;
const QUIET_MS_MAX = 60_000;
const FILLED_SHARE_MIN = 0.9;
const CONSUMERS = [
  ['SIGNALS', normaliserConsumer().name],
  ['SIGNALS', agentConsumer(PORTFOLIO, STRATEGY, []).name],
  ['DECISIONS', execConsumer(PORTFOLIO).name],
] as const;
const WITH_AUDIT = process.env['FLOTILLA_BENCH_WITH_AUDIT'] !== undefined;

interface Figures {
  readonly p50Ms: number;
  readonly p99Ms: number;
}
type Way = 'fleet' | FloorVariant;
const WAYS: readonly Way[] = ['hops', 'fleet', 'shape'];

const bench = beginBench(
  'webhook-fill',
  `real nats-server (sync_interval always), Redis, gateway, alert agent and exec as processes${WITH_AUDIT ? ', audit too' : ', audit off'}; latency = from the ` +
    `time the bus stored the raw signal (what 202 waits for) to the time it stored the fill, both stamped by nats-server; floor "hops" = four bare ` +
    `hops, one process each, "shape" = three processes of which the last stores order then fill; ${ROUNDS} rounds of ${ROUND_SECONDS} s a rate, ways by turns; open loop`,
);

const fleet = await startFleet({ latencyMs: 0, quantity: '0.001', instruments: INSTRUMENTS });
const symbols = fleetInstruments(INSTRUMENTS).map(({ symbol }) => symbol);
const floor = await startFloor(fleet.bus, fleet.nats.url);
const quoting = new AbortController();
const quotes = publishQuotes(fleet.bus, { intervalMs: 1_000, size: '100', signal: quoting.signal, instruments: symbols });
const sender = makeWebhookSender(`${fleet.gatewayUrl}/webhook/${SOURCE}`, fleet.secret);
const positions = { raw: 0, fill: 0, floorRaw: { hops: 0, shape: 0 }, floorFill: { hops: 0, shape: 0 } };
let sent = 0;

/** Instruments by turns, and sides by turns within one, so that every alert asks for an order. */
async function sendWebhook(): Promise<void> {
  sent += 1;
  const signal = Math.floor(sent / INSTRUMENTS) % 2 === 0 ? 'SELL' : 'BUY';
  const instrument = symbols[sent % INSTRUMENTS];
  await sender.send(
    `bench-${String(sent).padStart(16, '0')}`,
    `{"instrument":"${instrument}","price":612,"signal":"${signal}","strength":0.8}`,
  );
}

async function fleetRound(count: number, perSecond: number): Promise<readonly number[]> {
  await sendSteadily(count, perSecond, sendWebhook);
  const raws = await storedTimes(fleet.bus, 'SIGNALS', `signals.raw.${SOURCE}`, positions.raw);
  positions.raw = raws.lastSequence;
  await eventually('the fleet has handled everything', () => consumersIdle(), QUIET_MS_MAX);
  const fills = await storedTimes(fleet.bus, 'EXECUTIONS', 'executions.fill.*.*', positions.fill);
  positions.fill = fills.lastSequence;
  const storedAt = new Map(fills.times.map(({ corrId, storedAtMs }) => [corrId, storedAtMs]));
  const latencies = raws.times.flatMap(({ corrId, storedAtMs }) => {
    const filledAtMs = storedAt.get(corrId);
    return filledAtMs === undefined ? [] : [filledAtMs - storedAtMs];
  });
  // When webhooks overtake each other, two alerts of one side follow each other, and the second one causes no order.
  if (latencies.length < FILLED_SHARE_MIN * count) throw new Error(`expected ${count} fills, found ${latencies.length}`);
  return latencies;
}

async function consumersIdle(): Promise<boolean> {
  for (const [stream, consumer] of CONSUMERS) {
    const info = await fleet.bus.callApi<{ readonly num_pending: number; readonly num_ack_pending: number }>(
      `CONSUMER.INFO.${stream}.${consumer}`,
    );
    if (info.num_pending > 0 || info.num_ack_pending > 0) return false;
  }
  return true;
}

async function floorRound(variant: FloorVariant, count: number, perSecond: number, payload: Uint8Array): Promise<readonly number[]> {
  await sendSteadily(count, perSecond, async () => {
    sent += 1;
    const id = `floor-${sent}`;
    await fleet.bus.publish(floorSubjects.raw(variant), payload, { messageId: id, headers: { 'Flotilla-Corr-Id': id } });
  });
  const raws = await storedTimes(fleet.bus, 'FLOOR_SIGNALS', floorSubjects.raw(variant), positions.floorRaw[variant]);
  positions.floorRaw[variant] = raws.lastSequence;
  const fills = await eventually(
    'every floor message came through',
    async () => {
      const found = await storedTimes(fleet.bus, 'FLOOR_EXECUTIONS', floorSubjects.fill(variant), positions.floorFill[variant]);
      return found.times.length === count ? found : undefined;
    },
    QUIET_MS_MAX,
  );
  positions.floorFill[variant] = fills.lastSequence;
  const storedAt = new Map(fills.times.map(({ corrId, storedAtMs }) => [corrId, storedAtMs]));
  return raws.times.map(({ corrId, storedAtMs }) => (storedAt.get(corrId) ?? Number.NaN) - storedAtMs);
}

async function measure(way: Way, seconds: number, perSecond: number, payload: Uint8Array): Promise<Figures> {
  const count = seconds * perSecond;
  const latencies = way === 'fleet' ? await fleetRound(count, perSecond) : await floorRound(way, count, perSecond, payload);
  return { p50Ms: percentile(latencies, 50), p99Ms: percentile(latencies, 99) };
}

try {
  await Promise.all(Object.values(fleet.services).map((service) => service.ready()));
  if (!WITH_AUDIT) await fleet.services.audit.stop();
  const payload = Buffer.alloc(700, 'x');
  for (const way of WAYS) await measure(way, WARM_UP_SECONDS, 200, payload);
  const results: Record<string, unknown>[] = [];
  const goals: Goal[] = [];
  for (const perSecond of RATES_PER_S) {
    const runs: Record<Way, Figures>[] = [];
    for (let run = 0; run < ROUNDS; run += 1) {
      const figures = { hops: { p50Ms: 0, p99Ms: 0 }, fleet: { p50Ms: 0, p99Ms: 0 }, shape: { p50Ms: 0, p99Ms: 0 } };
      // Each round begins with another path, so that no path always follows the same one.
      for (let turn = 0; turn < WAYS.length; turn += 1) {
        const way = WAYS[(turn + run) % WAYS.length] ?? 'fleet';
        figures[way] = await measure(way, ROUND_SECONDS, perSecond, payload);
      }
      runs.push(figures);
      const text = WAYS.map((way) => `${way} ${round(figures[way].p50Ms)} / ${round(figures[way].p99Ms)}`).join(', ');
      bench.line(
        `${perSecond}/s run ${run + 1}: p50 / p99 in ms: ${text}; ratio to hops ${ratios(figures, 'hops')}, to shape ${ratios(figures, 'shape')}`,
      );
    }
    const of = (way: Way, figure: keyof Figures): number => median(runs.map((run) => run[way][figure]));
    const ratio = (against: FloorVariant, figure: keyof Figures): number =>
      median(runs.map((run) => run.fleet[figure] / run[against][figure]));
    results.push({
      perSecond,
      fleet: { p50Ms: of('fleet', 'p50Ms'), p99Ms: of('fleet', 'p99Ms') },
      hops: { p50Ms: of('hops', 'p50Ms'), p99Ms: of('hops', 'p99Ms'), ratioP50: ratio('hops', 'p50Ms'), ratioP99: ratio('hops', 'p99Ms') },
      shape: {
        p50Ms: of('shape', 'p50Ms'),
        p99Ms: of('shape', 'p99Ms'),
        ratioP50: ratio('shape', 'p50Ms'),
        ratioP99: ratio('shape', 'p99Ms'),
      },
    });
    goals.push(
      {
        what: `p50 at ${perSecond}/s over four bare hops`,
        found: ratio('hops', 'p50Ms'),
        bound: P50_RATIO_MAX,
        sense: 'at most',
        unit: '×',
      },
      {
        what: `p99 at ${perSecond}/s over four bare hops`,
        found: ratio('hops', 'p99Ms'),
        bound: P99_RATIO_MAX,
        sense: 'at most',
        unit: '×',
      },
    );
  }
  bench.finish({ withAudit: WITH_AUDIT, rounds: ROUNDS, rates: results }, goals);
} finally {
  quoting.abort();
  await quotes;
  sender.close();
  await floor.stop();
  await fleet.stop();
}

function ratios(figures: Record<Way, Figures>, against: FloorVariant): string {
  return `${round(figures.fleet.p50Ms / figures[against].p50Ms)} / ${round(figures.fleet.p99Ms / figures[against].p99Ms)}`;
}
