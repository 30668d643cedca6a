import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dockerfileStage } from './dockerfile-stage.ts';

const TEXT = `FROM base AS one
COPY elsewhere elsewhere
FROM runtime AS two
# a word
COPY --from=deps /app/node_modules node_modules
COPY package.json ./
COPY exec exec
RUN ["node", "warm.ts", "exec/main.ts"]
CMD ["exec/main.ts"]
`;

test('dockerfileStage: says what one stage copies and runs', () => {
  assert.deepEqual(dockerfileStage(TEXT, 'two'), { copied: ['package.json', 'exec'], commands: [['node', 'warm.ts', 'exec/main.ts']] });
});

test('dockerfileStage: refuses what it does not understand, instead of making another image', () => {
  assert.throws(() => dockerfileStage(TEXT.replace('COPY exec exec', 'COPY exec /opt/exec'), 'two'), /not understood/);
  assert.throws(() => dockerfileStage(TEXT, 'three'), /no stage three/);
});

test('dockerfileStage: understands the Dockerfile of the project', () => {
  const { copied, commands } = dockerfileStage(readFileSync(join(import.meta.dirname, '../../../Dockerfile'), 'utf8'), 'flotilla');
  assert.ok(copied.includes('exec') && copied.includes('examples/data'), copied.join(', '));
  assert.ok(commands.some((command) => command.includes('exec/main.ts')));
});
