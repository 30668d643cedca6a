import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

const module = JSON.stringify(new URL('service.ts', import.meta.url).href);
const errors = JSON.stringify(import.meta.resolve('@flotilla/contracts/errors/errors.ts'));

/** Runs a service whose start is `body`; sends `signal` once it wrote `up`. */
async function run(body: string, signal?: NodeJS.Signals) {
  const source = `
    import { runService } from ${module};
    import { FlotillaError } from ${errors};
    const say = (text) => process.stdout.write(text + '\\n');
    const stay = () => setInterval(() => undefined, 1_000);
    await runService({ service: 'test', start: async (lifetime) => { ${body} } });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errorOutput = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (signal !== undefined && output.includes('up\n')) child.kill(signal);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errorOutput += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output, errorOutput };
}

const cases = [
  {
    when: 'SIGTERM comes, it stops parts in reverse order and exits 0',
    body: `lifetime.onStop('a', async () => say('stop a')); lifetime.onStop('b', () => say('stop b')); stay(); say('up');`,
    signal: 'SIGTERM',
    want: { code: 0, output: 'up\nstop b\nstop a\n' },
  },
  {
    when: 'a part fails to stop, it still stops the others',
    body: `lifetime.onStop('a', () => say('stop a')); lifetime.onStop('b', () => { throw new Error('no'); }); stay(); say('up');`,
    signal: 'SIGINT',
    want: { code: 0, output: 'up\nstop a\n' },
  },
  {
    when: 'the start fails with a coded error, it prints the message alone and exits 1',
    body: `throw new FlotillaError('CONFIG_INVALID', 'mend these');`,
    want: { code: 1, output: '', errorOutput: 'mend these\n' },
  },
  {
    when: 'a coded error ends a loop unobserved, it stops in order and exits 1',
    body: `lifetime.onStop('a', () => say('stop a')); stay(); void Promise.reject(new FlotillaError('FENCED', 'taken over'));`,
    want: { code: 1, output: 'stop a\n', errorOutput: 'taken over\n' },
  },
  {
    when: 'a bug is uncaught, it exits 1 at once',
    body: `lifetime.onStop('a', () => say('stop a')); stay(); setImmediate(() => { throw new TypeError('bug'); });`,
    want: { code: 1, output: '' },
  },
] as const;

for (const { when, body, want, ...rest } of cases) {
  test(`runService: when ${when}`, async () => {
    const result = await run(body, 'signal' in rest ? rest.signal : undefined);
    assert.deepEqual({ ...result, ...want }, result);
  });
}
