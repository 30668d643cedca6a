import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeMetrics } from './metrics.ts';
import { makeUnknownFieldsReport } from './report-unknown-fields.ts';
import { recordingLogger } from './testing/recording-logger.ts';

test('makeUnknownFieldsReport: counts every field and logs each name once, when records of a newer version come again and again', async () => {
  const metrics = makeMetrics('test');
  const { logger, lines } = recordingLogger();
  const report = makeUnknownFieldsReport({ metrics, service: 'exec', logger });
  for (let index = 0; index < 50; index += 1) report('executions.order', ['colour', `denials.${index}.check`]);
  report('halt', ['colour']);
  report('halt', []);
  assert.deepEqual(
    lines.map(({ event_type: type, field }) => `${String(type)} ${String(field)}`),
    ['executions.order colour', 'executions.order denials.*.check', 'halt colour'],
  );
  assert.equal((await metrics.unknownFields.get()).values.find(({ labels }) => labels.service === 'exec')?.value, 101);
});

test('makeUnknownFieldsReport: remembers a bounded number of names', () => {
  const { logger, lines } = recordingLogger();
  const report = makeUnknownFieldsReport({ metrics: makeMetrics('test'), service: 'exec', logger });
  for (let index = 0; index < 5_000; index += 1) report('halt', [`made-up-${index}`]);
  assert.equal(lines.length, 1_000);
});
