/** Every command of the README, the tutorials and some how-to pages is run, in order, as a reader would. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fencedCommands } from './fenced-commands.ts';

const root = join(import.meta.dirname, '../..');
const PORT_OFFSET = '4300';
/** These commands run this test, so the test checks only that make knows them. */
const NESTED = /^make (check|test)$/gm;

/** Other how-to pages need a cluster of the reader. */
const HOW_TO = ['docs/how-to/replay-your-own-data.md'];
const pages = ['README.md', ...readdirSync(join(root, 'docs/tutorials')).map((name) => `docs/tutorials/${name}`), ...HOW_TO];

for (const page of pages) {
  test(`${page}: every command succeeds, when run from top to bottom`, async (context) => {
    const stateDir = mkdtempSync(join(tmpdir(), 'flotilla-docs-'));
    const environment = { ...process.env, FLOTILLA_STATE_DIR: stateDir, FLOTILLA_CLI_CONFIG: join(stateDir, 'cli.json'), PORT_OFFSET };
    context.after(async () => {
      await bash('make clean', environment);
      rmSync(stateDir, { recursive: true, force: true });
    });
    const blocks = fencedCommands(readFileSync(join(root, page), 'utf8'));
    assert.ok(blocks.length > 1, `expected commands in ${page}, found ${blocks.length} blocks`);
    const script = blocks.map(({ line, text }) => `echo "── ${page}:${line}"\n${text}`).join('\n');
    const runnable = script.replaceAll('$PWD/.local', stateDir).replace(NESTED, 'make -n $1 > /dev/null');
    const { status, output } = await bash(runnable, environment);
    assert.equal(status, 0, `a command of ${page} failed; the output ends with:\n${output.slice(-4_000)}`);
  });
}

function bash(script: string, environment: NodeJS.ProcessEnv): Promise<{ readonly status: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (text: string): void => void (output += text);
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}
