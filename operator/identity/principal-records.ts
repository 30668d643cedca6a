/** The records of the bucket PRINCIPALS, by which the callout admits connections. */
import { type AdmissionRecord, admissionRecordSchema, type TokenKeys } from '@flotilla/contracts/access/admission-record.ts';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import { readRecordBytes } from '@flotilla/contracts/records/read-record.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { readAcknowledged } from '@flotilla/runtime/bus/read-acknowledged.ts';
import { bucketStream, bucketSubject, openBucket } from '@flotilla/runtime/key-value.ts';

export interface PrincipalRecords {
  /** All readable records of the namespace, by entry. @throws FlotillaError of the bus */
  read(): Promise<Map<string, AdmissionRecord>>;
  write(entry: string, record: AdmissionRecord): Promise<void>;
  writeTokenKeys(tokenKeys: TokenKeys): Promise<void>;
}

export function openPrincipalRecords(bus: NatsBus, namespace: string): PrincipalRecords {
  const bucket = openBucket(bus, 'PRINCIPALS');
  const prefix = bucketSubject('PRINCIPALS', keys.admission(namespace, ''));
  const put = async (key: string, value: object): Promise<void> => {
    await bucket.put(key, Buffer.from(JSON.stringify(value)));
  };
  return {
    async read() {
      const records = new Map<string, AdmissionRecord>();
      // A record that a lagging replica did not show would leave the account of a principal that is gone open.
      for await (const { subject, payload } of readAcknowledged(bus, bucketStream('PRINCIPALS'), {
        subject: `${prefix}>`,
        fromSequence: 1,
      })) {
        const record = readRecordBytes(admissionRecordSchema, payload);
        // An unreadable record admits no connection; the plan writes it anew.
        if (record.ok) records.set(subject.slice(prefix.length), record.value);
      }
      return records;
    },
    write: (entry, record) => put(keys.admission(namespace, entry), record),
    writeTokenKeys: (tokenKeys) => put(keys.tokenKeys, tokenKeys),
  };
}
