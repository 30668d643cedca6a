import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlotillaError } from '@flotilla/contracts';
import { makeMetrics } from '../metrics.ts';
import { recordingLogger } from '../testing/recording-logger.ts';
import { makeCallbackGuard } from './callback-guard.ts';

function guardWorld() {
  const { logger, lines } = recordingLogger();
  const metrics = makeMetrics('test');
  const bugs: unknown[] = [];
  const guard = makeCallbackGuard({ logger, metrics, onBug: (error) => bugs.push(error) });
  return { guard, lines, metrics, bugs };
}

test('makeCallbackGuard: counts and logs, and goes on, when a callback throws an operating error', async () => {
  const { guard, lines, metrics, bugs } = guardWorld();
  const ok = guard.run('watch', '$KV.CONTROL.halt.main', () => {
    throw new FlotillaError('EVENT_MALFORMED', 'expected JSON');
  });
  assert.equal(ok, false);
  assert.deepEqual(bugs, []);
  assert.deepEqual(
    lines.map(({ level, subject }) => [level, subject]),
    [['error', '$KV.CONTROL.halt.main']],
  );
  assert.match(await metrics.render(), /bus_callback_failures_total\{kind="watch"\} 1/);
});

test('makeCallbackGuard: hands a bug to onBug, when a callback throws an error without a code', () => {
  const { guard, lines, bugs } = guardWorld();
  const bug = new TypeError('undefined is not a function');
  guard.run('subscription', 'signals.raw.x', () => {
    throw bug;
  });
  assert.deepEqual(bugs, [bug]);
  assert.equal(lines[0]?.['level'], 'fatal');
});

test('makeCallbackGuard: gives true and logs nothing, when the callback returns', () => {
  const { guard, lines } = guardWorld();
  assert.equal(
    guard.run('connection', 'x', () => undefined),
    true,
  );
  assert.deepEqual(lines, []);
});
