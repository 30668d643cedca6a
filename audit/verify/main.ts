/** `node audit/verify/main.ts <folder> [--key <verifier key>] [--expect-size <n> --expect-root <hex>] [--sealed]` */
import { parseArgs } from 'node:util';
import { requireNode } from '@flotilla/runtime/require-node.ts';
import { describeFinding } from './finding.ts';
import { verifyFolder } from './verify-folder.ts';

const USAGE = 'usage: node audit/verify/main.ts <folder> [--key <verifier key>] [--expect-size <n> --expect-root <hex>] [--sealed]';

requireNode();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    key: { type: 'string' },
    'expect-size': { type: 'string' },
    'expect-root': { type: 'string' },
    sealed: { type: 'boolean', default: false },
  },
});
const [folder] = positionals;
const size = Number(values['expect-size']);
const root = values['expect-root'];
if (
  folder === undefined ||
  (values['expect-size'] === undefined) !== (root === undefined) ||
  (root !== undefined && !Number.isSafeInteger(size))
) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
const result = await verifyFolder(folder, {
  sealed: values.sealed,
  ...(values.key === undefined ? {} : { verifierKey: values.key }),
  ...(root === undefined ? {} : { trusted: { size, root } }),
});
for (const name of result.privateKeys) {
  process.stderr.write(
    `warning: ${name} in the folder is a private key: its holder can sign another log. Take the file out of the folder.\n`,
  );
}
if (result.finding === undefined) {
  process.stdout.write(
    `verified: ${result.entries} entries, ${result.signedEntries} of them under ${result.checkpoints} checkpoints\n` +
      `root ${result.root ?? '(no checkpoint yet)'} signed at ${result.signedAt ?? '-'}\nkey  ${result.verifierKey ?? '-'}\n`,
  );
} else {
  process.stderr.write(`NOT VERIFIED: ${describeFinding(result.finding)}\n`);
  process.exitCode = 1;
}
