/** A configuration record that is lost, or that a restored bucket replaces by an older one, is written again; on a real API server and a real bus. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import { bucketStream, openBucket } from '@flotilla/runtime';
import { ensureBucket } from '@flotilla/runtime/provision/ensure-stream.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { KINDS } from '../kinds.ts';
import { portfolio, riskPolicy, withSpec } from '../testing/objects.ts';
import { type OperatorFixture, startOperatorFixture } from '../testing/operator-fixture.ts';

let fixture: OperatorFixture;
before(async () => {
  fixture = await startOperatorFixture();
  for (const object of [riskPolicy, portfolio]) await fixture.apply(object);
});
after(() => fixture.stop());

const writtenAfter = (generation: number): Promise<ExecConfig & { readonly generation: number }> =>
  eventually(`a configuration above generation ${generation} is written and settled`, async () => {
    const config = await fixture.config('main');
    const isNewer = config?.generation !== undefined && config.generation > generation;
    const isSettled = config?.policies?.every(({ delivery }) => delivery === 'Settled') === true;
    return isNewer && isSettled && { ...config, generation: config.generation ?? 0 };
  });
const versionOf = ({ generation, configHash }: { readonly generation: number; readonly configHash: string }) => ({
  generation,
  hash: configHash,
});
/** As a backup is restored: the bucket is created again and holds this record, if any. */
async function restoreBucket(record?: ExecConfig): Promise<void> {
  await fixture.bus.callApi(`STREAM.DELETE.${bucketStream('CONFIG')}`);
  await ensureBucket(fixture.bus, 'CONFIG', { replicas: 1 });
  if (record !== undefined) await openBucket(fixture.bus, 'CONFIG').put(keys.execConfig('main'), Buffer.from(canonicalJson(record)));
}

test('Portfolio: writes the configuration again, above every generation, when exec refuses the older one of a restored bucket', async () => {
  const loose = await writtenAfter(0);
  await fixture.reportExec('main');
  await fixture.apply(withSpec(riskPolicy, { order: { maxNotional: '40000', priceCollarBps: 100, maxMessagesPerSecond: 20 } }));
  const tight = await writtenAfter(loose.generation);
  assert.notEqual(tight.configHash, loose.configHash);
  await restoreBucket(loose);
  await fixture.reportExec('main', { newestConfig: versionOf(tight), configHash: undefined, configProblem: 'found an older one' });
  const again = await writtenAfter(tight.generation);
  assert.deepEqual(again, { ...tight, generation: again.generation });
});

test('Portfolio: continues from the generation that exec reports, when the record is lost and the operator has just started', async () => {
  const { configHash } = await writtenAfter(0);
  await fixture.reportExec('main', { newestConfig: { generation: 41, hash: configHash } });
  await restoreBucket();
  await fixture.restartOperator();
  await writtenAfter(41);
});

test('Portfolio: halts every strategy above the generation that exec reports, when it is deleted after the bucket was restored', async () => {
  const before = await writtenAfter(41);
  const newest = { generation: 99, hash: before.configHash };
  await fixture.reportExec('main', { newestConfig: newest, configProblem: 'found an older one' });
  await writtenAfter(99);
  await restoreBucket(before);
  await fixture.reportExec('main', { newestConfig: { ...newest, generation: 199 }, configProblem: 'found an older one' });
  await fixture.remove(KINDS.portfolio, 'main');
  await eventually('the record is above what exec has read', async () => ((await fixture.config('main'))?.generation ?? 0) >= 200);
  await eventually('the portfolio is gone', async () => {
    await fixture.reportExec('main');
    return (await fixture.find(KINDS.portfolio, 'main')) === undefined;
  });
});
