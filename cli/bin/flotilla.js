#!/usr/bin/env node
// Plain JavaScript on purpose: it must run on any Node ≥ 18 and hand over to one that runs TypeScript.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const runsTypeScript = major > 24 || (major === 24 && minor >= 12);

if (runsTypeScript) {
  // Not there before Node 22.
  nodeModule.enableCompileCache?.();
  await import('../main.ts');
} else {
  const newer = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));
  if (!existsSync(newer)) {
    console.error(
      `flotilla: expected Node 24.12 or newer, found ${process.versions.node}. Run "npm install" in the checkout, which brings one.`,
    );
    process.exit(1);
  }
  const child = spawn(newer, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, FLOTILLA_INVOKED_AS: process.env.FLOTILLA_INVOKED_AS ?? process.argv[1] },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}
