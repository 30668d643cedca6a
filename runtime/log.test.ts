import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingLogger } from './testing/recording-logger.ts';

test('makeLogger: censors secret-named fields at any depth, when logged or bound', () => {
  const { logger, lines } = recordingLogger();
  const secret = 'hunter2';
  logger.info(
    {
      password: secret,
      REDIS_PASSWORD: secret,
      headers: { Authorization: secret, 'X-Signature': secret, cookie: secret },
      list: [{ apiKey: secret, agent_key: secret, privateKey: secret }],
      token: secret,
    },
    'hello',
  );
  logger.child({ clientSecret: secret, corr_id: 'c' }).child({ password: secret, part: 'p' }).info('bound');
  assert.equal(lines.length, 2);
  assert.deepEqual([lines[1]?.['corr_id'], lines[1]?.['part']], ['c', 'p']);
  assert.ok(!JSON.stringify(lines).includes(secret), JSON.stringify(lines));
  assert.equal(lines[0]?.['password'], '[redacted]');
});

test('makeLogger: keeps a field that is not a secret, when its name only resembles one', () => {
  const { logger, lines } = recordingLogger();
  logger.child({ corr_id: 'c-1' }).info({ key: 'exec.main', tokens: 3, secretFile: '/etc/x', nested: { sequence: 7 } }, 'hello');
  const [line] = lines;
  assert.equal(line?.['corr_id'], 'c-1');
  assert.equal(line['key'], 'exec.main');
  assert.equal(line['tokens'], 3);
  assert.deepEqual(line['nested'], { sequence: 7 });
  assert.equal(line['service'], 'test');
  assert.equal(line['revision'], 'test');
  assert.equal(line['level'], 'info');
  assert.match(String(line['time']), /^\d{4}-\d{2}-\d{2}T/);
});

test('makeLogger: writes an error with its code and message, when given as err', () => {
  const { logger, lines } = recordingLogger();
  logger.error({ err: Object.assign(new Error('broken'), { code: 'X' }) }, 'failed');
  const error = lines[0]?.['err'] as Record<string, unknown>;
  assert.equal(error['message'], 'broken');
  assert.equal(error['code'], 'X');
});

test('makeLogger: cuts a cycle, when a value contains itself', () => {
  const { logger, lines } = recordingLogger();
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  logger.info({ circle }, 'hello');
  assert.equal(lines.length, 1);
});
