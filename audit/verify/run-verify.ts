/** The verifier as a command, for `main.ts`: arguments in, text and exit code out. */
import { parseArgs } from 'node:util';
import { describeFinding, type VerifyResult } from './finding.ts';
import { verifyFolder } from './verify-folder.ts';

const USAGE = 'usage: node audit/verify/main.ts <folder> [--key <verifier key>] [--expect-size <n> --expect-root <hex>] [--sealed]\n';

export interface CommandResult {
  /** 0: verified; 1: not verified; 2: the arguments are wrong. */
  readonly exitCode: 0 | 1 | 2;
  readonly stdout: string;
  readonly stderr: string;
}

/** @throws TypeError for an option that the command does not have; file-system errors other than a missing file. */
export async function runVerify(args: readonly string[]): Promise<CommandResult> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      'expect-size': { type: 'string' },
      'expect-root': { type: 'string' },
      sealed: { type: 'boolean', default: false },
    },
  });
  const [folder] = positionals;
  const { key, sealed, 'expect-size': sizeText, 'expect-root': root } = values;
  const size = Number(sizeText);
  const isTrusting = sizeText !== undefined && root !== undefined && Number.isSafeInteger(size);
  const isTrustless = sizeText === undefined && root === undefined;
  if (folder === undefined || !(isTrusting || isTrustless)) return { exitCode: 2, stdout: '', stderr: USAGE };
  const result = await verifyFolder(folder, {
    sealed,
    verifierKey: key,
    ...(isTrusting ? { trusted: { size, root } } : {}),
  });
  return reportOf(result);
}

function reportOf({ finding, entries, signedEntries, checkpoints, root, signedAt, verifierKey, privateKeys }: VerifyResult): CommandResult {
  const warnings = privateKeys.map(
    (name) => `warning: ${name} in the folder is a private key: its holder can sign another log. Take the file out of the folder.\n`,
  );
  if (finding !== undefined) {
    return { exitCode: 1, stdout: '', stderr: `${warnings.join('')}NOT VERIFIED: ${describeFinding(finding)}\n` };
  }
  const stdout =
    `verified: ${entries} entries, ${signedEntries} of them under ${checkpoints} checkpoints\n` +
    `root ${root ?? '(no checkpoint yet)'} signed at ${signedAt ?? '-'}\nkey  ${verifierKey ?? '-'}\n`;
  return { exitCode: 0, stdout, stderr: warnings.join('') };
}
