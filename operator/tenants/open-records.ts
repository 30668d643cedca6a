/** Reads which namespaces have accounts of the bus that are open, from the records by which the callout admits connections. */
import { admissionRecordSchema } from '@flotilla/contracts/access/admission-record.ts';
import { workerOfName } from '@flotilla/contracts/access/principal.ts';
import { readRecordBytes } from '@flotilla/contracts/records/read-record.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { readAcknowledged } from '@flotilla/runtime/bus/read-acknowledged.ts';
import { bucketStream, bucketSubject } from '@flotilla/runtime/key-value.ts';

const ACCOUNTS = 'account.';

export interface OpenNamespaces {
  /** With an account of any principal. */
  readonly any: ReadonlySet<string>;
  /** With an account of an agent or of exec: the namespace has a fleet. */
  readonly withWorkers: ReadonlySet<string>;
}

/** @param bus of the installation @throws FlotillaError of the bus */
export async function readOpenNamespaces(bus: NatsBus): Promise<OpenNamespaces> {
  const prefix = bucketSubject('PRINCIPALS', ACCOUNTS);
  const open = new Map<string, string>();
  for await (const { subject, payload } of readAcknowledged(bus, bucketStream('PRINCIPALS'), { subject: `${prefix}>`, fromSequence: 1 })) {
    const record = readRecordBytes(admissionRecordSchema, payload);
    // A record that this build cannot read may be one of an open account.
    if (record.ok && record.value.closed) open.delete(subject);
    else open.set(subject, record.ok ? record.value.principal : '');
  }
  const namespaceOf = (subject: string): string => subject.slice(prefix.length).split('.')[0] ?? '';
  return {
    any: new Set([...open.keys()].map(namespaceOf)),
    withWorkers: new Set(
      [...open].filter(([, principal]) => workerOfName(principal) !== undefined).map(([subject]) => namespaceOf(subject)),
    ),
  };
}
