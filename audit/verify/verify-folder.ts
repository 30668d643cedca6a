/** Verifies an audit folder offline, for auditors and the command line: needs its files and, better, a key and a checkpoint from another source. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import { readSmallFile } from '../log/files.ts';
import { FILES, SEGMENT_ENTRIES_MAX, segmentFirstIndex, segmentName, segmentStart } from '../log/format.ts';
import { formatVerifierKey, type NoteVerifier, parseVerifierKey } from '../log/signed-note.ts';
import type { Finding, VerifyResult } from './finding.ts';
import { proveCheckpoints, readProvenCheckpoints } from './read-checkpoints.ts';
import { startScan } from './scan.ts';
import { verifyEntries } from './verify-entries.ts';

export interface VerifyOptions {
  /** Verifier key from outside the folder. Without this key the verifier uses the key of the folder, which everyone who can write the folder can replace. */
  readonly verifierKey?: string | undefined;
  /** A checkpoint from outside the folder: the log must contain it. Without it a cut back to an earlier checkpoint cannot be seen. */
  readonly trusted?: { readonly size: number; readonly root: string };
  /** Also refuse entries behind the last checkpoint, for a log whose writer was stopped. */
  readonly sealed?: boolean;
  /** How long an entry without end may still grow, since its writer may be at work. Default 200. */
  readonly settleMs?: number;
  /** Called at each checkpoint with the entries read so far. */
  readonly onProgress?: (entries: number) => void;
}

const SETTLE_MS = 200;
const OTHER_FILES_MAX = 64;

/** Never rejects for what the folder holds; file-system errors other than a missing file come as they are. */
export async function verifyFolder(folder: string, options: VerifyOptions = {}): Promise<VerifyResult> {
  const settleMs = options.settleMs ?? SETTLE_MS;
  const verifier = await findVerifier(folder, options.verifierKey);
  if ('code' in verifier) return failure(verifier);
  const privateKeys = await findPrivateKeys(folder);
  const verifierKey = formatVerifierKey(verifier);
  const list = await proveCheckpoints(folder, verifier, settleMs);
  if ('code' in list) return { ...failure(list), privateKeys, verifierKey };
  const scan = startScan();
  const { trusted, onProgress } = options;
  await using checkpoints = readProvenCheckpoints(folder, list);
  const finding =
    (await verifyEntries(folder, scan, checkpoints, { settleMs, trusted, onProgress })) ??
    sealedFinding(scan.frontier.size(), list.newest?.size ?? 0, options);
  const { newest } = list;
  return {
    ok: finding === undefined,
    ...(finding === undefined ? {} : { finding }),
    entries: scan.frontier.size(),
    signedEntries: Math.min(scan.frontier.size(), newest?.size ?? 0),
    checkpoints: list.count,
    ...(newest === undefined ? {} : { root: newest.root, signedAt: formatTime(newest.timeMs) }),
    verifierKey,
    privateKeys,
  };
}

async function findVerifier(folder: string, given: string | undefined): Promise<NoteVerifier | Finding> {
  const file = FILES.publicKey;
  const inFolder = await readSmallFile(join(folder, file));
  if (inFolder === undefined) return { code: 'FILE_MISSING', file, message: 'expected the verifier key of the log, found no file' };
  const verifier = parseVerifierKey(inFolder);
  if (verifier === undefined || `${formatVerifierKey(verifier)}\n` !== inFolder) {
    return { code: 'KEY_INVALID', file, message: 'not an Ed25519 verifier key' };
  }
  if (given !== undefined && formatVerifierKey(verifier) !== given.trim()) {
    return { code: 'KEY_INVALID', file, message: 'not the verifier key that you gave' };
  }
  return verifier;
}

/** Names of files that hold a private key; a folder that holds many other files is looked at in part. */
async function findPrivateKeys(folder: string): Promise<readonly string[]> {
  const ours: readonly string[] = Object.values(FILES);
  const others = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  for (const { name } of others
    .filter((entry) => entry.isFile() && !ours.includes(entry.name) && segmentFirstIndex(entry.name) === undefined)
    .slice(0, OTHER_FILES_MAX)) {
    if (/PRIVATE KEY/.test((await readSmallFile(join(folder, name))) ?? '')) found.push(name);
  }
  return found.sort();
}

function sealedFinding(size: number, signed: number, { sealed }: VerifyOptions): Finding | undefined {
  if (sealed !== true || size <= signed) return undefined;
  const file = segmentName(segmentStart(signed));
  const message = `expected every entry under a checkpoint, found ${size - signed} behind the last one`;
  return { code: 'UNSIGNED_TAIL', file, line: (signed % SEGMENT_ENTRIES_MAX) + 1, index: signed, message };
}

function failure(finding: Finding): VerifyResult {
  return { ok: false, finding, entries: 0, signedEntries: 0, checkpoints: 0, privateKeys: [] };
}
