/** `flotilla audit verify`: offline, with nothing but the folder; without one it asks where the local cluster's is. */
import { existsSync, readFileSync } from 'node:fs';
import { describeFinding, type VerifyResult } from '@flotilla/audit/verify/finding.ts';
import { verifyFolder, type VerifyOptions } from '@flotilla/audit/verify/verify-folder.ts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { CliError } from '../session/cli-error.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { findAuditFolder } from '../fleet/find-audit-folder.ts';
import { formatCount } from '../print/format-number.ts';
import { printJson, type Session } from '../session/session.ts';

export interface AuditVerifyOptions {
  /** The key, or a file with it. */
  readonly key?: string;
  /** `size:root`. */
  readonly trusted?: string;
  readonly sealed?: boolean;
}

/** @throws CliError when the log does not verify. */
export async function verifyAudit(session: Session, given: string | undefined, options: AuditVerifyOptions): Promise<void> {
  const { terminal } = session;
  const folder = given ?? (await findAuditFolder(session.context));
  if (folder === undefined || !existsSync(folder)) {
    throw new CliError(`expected ${given === undefined ? 'the audit folder of a local cluster' : `a folder ${given}`}, found none`, {
      hint: 'Give the folder that the audit service writes.',
    });
  }
  const startedMs = systemClock.monotonicMs();
  const result = await verifyFolder(folder, {
    ...verifyOptions(options),
    onProgress: (entries) => terminal.progress(`${formatCount(entries)} entries verified`),
  });
  const elapsedMs = systemClock.monotonicMs() - startedMs;
  terminal.progress('');
  for (const name of result.privateKeys) {
    terminal.note(`warning: ${name} in the folder is a private key: its holder can sign another log. Take the file out of the folder.`);
  }
  if (session.output === 'json') printJson(session, { ...result, elapsedMs: Math.round(elapsedMs) });
  if (result.ok && session.output === 'table') terminal.print(describeResult(result, elapsedMs, options));
  if (!result.ok) {
    const finding = result.finding === undefined ? 'no reason given' : describeFinding(result.finding);
    throw new CliError(`the log does not verify: ${finding}`, {
      hint: `The ${formatCount(result.entries)} entries before that place are good. Keep the folder as it is: it is evidence.`,
    });
  }
}

function verifyOptions({ key, trusted, sealed }: AuditVerifyOptions): VerifyOptions {
  return {
    ...(key === undefined ? {} : { verifierKey: existsSync(key) ? readFileSync(key, 'utf8').trim() : key }),
    ...(trusted === undefined ? {} : { trusted: parseTrusted(trusted) }),
    ...(sealed === undefined ? {} : { sealed }),
  };
}

function parseTrusted(text: string): { readonly size: number; readonly root: string } {
  const [, size, root] = /^(\d{1,15}):([0-9a-fA-F]{64})$/.exec(text) ?? [];
  if (size !== undefined && root !== undefined) return { size: Number(size), root: root.toLowerCase() };
  throw new CliError(`--trusted: expected size:root with 64 hexadecimal digits, found ${JSON.stringify(text.slice(0, 80))}`, {
    exitCode: EXIT_CODES.USAGE,
  });
}

function describeResult(result: VerifyResult, elapsedMs: number, { key }: AuditVerifyOptions): string {
  const rate = Math.round((result.entries / Math.max(1, elapsedMs)) * 1_000);
  const tail = result.entries - result.signedEntries;
  const lines = [
    `Verified ${formatCount(result.entries)} entries under ${formatCount(result.checkpoints)} checkpoints in ${(elapsedMs / 1_000).toFixed(2)} s (${formatCount(rate)}/s).`,
    `  root  ${result.root ?? '-'}`,
    `  signed at  ${result.signedAt ?? '-'}`,
    `  verifier key  ${result.verifierKey ?? '-'}${key === undefined ? ' (from the folder: compare it with the one you were given)' : ''}`,
  ];
  if (tail > 0) lines.push(`  ${formatCount(tail)} entries behind the last checkpoint are not signed yet`);
  return lines.join('\n');
}
