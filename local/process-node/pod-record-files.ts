/** Reads and writes the records of pods on disk. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, writePrivateFile } from '../files/write-private-file.ts';
import type { PodRecord } from './container-record.ts';

const RECORD_FILE = 'pod.json';

/** The folder of one pod: its record, its ephemeral volumes, the roots of its containers. */
export function podFolder(podsDir: string, uid: string): string {
  return join(podsDir, uid);
}

export function savePodRecord(podsDir: string, record: PodRecord): void {
  writePrivateFile(join(podFolder(podsDir, record.uid), RECORD_FILE), `${JSON.stringify(record)}\n`);
}

export function removePodFolder(podsDir: string, uid: string): void {
  rmSync(podFolder(podsDir, uid), { recursive: true, force: true });
}

export function listPodRecords(podsDir: string): readonly PodRecord[] {
  let folders: readonly string[];
  try {
    folders = readdirSync(podsDir);
  } catch {
    return [];
  }
  return folders.flatMap((uid) => {
    const text = readIfThere(join(podFolder(podsDir, uid), RECORD_FILE));
    return text === undefined ? [] : [JSON.parse(text) as PodRecord];
  });
}
