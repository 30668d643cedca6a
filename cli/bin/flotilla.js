#!/usr/bin/env node
// Starts the command with this Node, or with the checkout's own Node when this one cannot run TypeScript. Plain JavaScript, for any Node ≥ 18.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';
import { nodeProblem } from './require-node.js';

const problem = nodeProblem(process.versions.node);
if (problem === undefined) {
  // Node before 22 does not have this function.
  nodeModule.enableCompileCache?.();
  await import('../main.ts');
} else {
  const newer = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));
  if (!existsSync(newer)) {
    console.error(`flotilla: ${problem}`);
    process.exit(1);
  }
  const child = spawn(newer, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, FLOTILLA_INVOKED_AS: process.env.FLOTILLA_INVOKED_AS ?? process.argv[1] },
  });
  child.on('error', () => {
    console.error(`flotilla: ${problem}`);
    process.exit(1);
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}
