/** The result of a verification, for programs, and as a line for people. */
export type FindingCode =
  /** A folder, file or key without which nothing can be proven. */
  | 'FILE_MISSING'
  | 'KEY_INVALID'
  | 'CHECKPOINT_INVALID'
  /** The checkpoint list lost a line, or its end. */
  | 'CHECKPOINT_MISSING'
  | 'ENTRY_MALFORMED'
  | 'ENTRY_CHANGED'
  /** Deleted, doubled or out of order: another index than the one that belongs here. */
  | 'ENTRY_OUT_OF_PLACE'
  /** Entries under a checkpoint are missing. */
  | 'ENTRY_MISSING'
  /** Entries and the chain between them were written again. */
  | 'HISTORY_REWRITTEN'
  | 'STREAM_DISCONTINUOUS'
  /** The file ends within an entry: a crash, or a cut. */
  | 'ENTRY_UNFINISHED'
  | 'NOT_THE_TRUSTED_LOG'
  | 'UNSIGNED_TAIL';

/** The first thing that is wrong, and where. */
export interface Finding {
  readonly code: FindingCode;
  readonly message: string;
  /** Name inside the folder. */
  readonly file: string;
  /** From 1. */
  readonly line?: number;
  /** Index of the entry, from 0. */
  readonly index?: number;
}

export interface VerifyResult {
  readonly ok: boolean;
  /** The first bad place; absent when `ok`. */
  readonly finding?: Finding;
  /** Entries read and found good. */
  readonly entries: number;
  /** Of those, under a checkpoint. */
  readonly signedEntries: number;
  readonly checkpoints: number;
  /** Root of the newest checkpoint, hexadecimal. */
  readonly root?: string;
  /** When it was signed. */
  readonly signedAt?: string;
  /** Verifier key that everything was checked with: compare it with the one you were given. */
  readonly verifierKey?: string;
  /** Names of private keys that lie in the folder. The log may still be good, but every holder of the folder can sign another log. */
  readonly privateKeys: readonly string[];
}

/** One line for people. */
export function describeFinding(finding: Finding): string {
  const place = [
    finding.file,
    finding.line === undefined ? '' : `line ${finding.line}`,
    finding.index === undefined ? '' : `entry ${finding.index}`,
  ];
  return `${place.filter((part) => part !== '').join(', ')}: ${finding.message} [${finding.code}]`;
}
