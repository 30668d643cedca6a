/** The records of the bucket PRINCIPALS, by which the callout admits connections. */
import { type AdmissionRecord, admissionRecordSchema, type TokenKeys } from '@flotilla/contracts/access/admission-record.ts';
import { keys } from '@flotilla/contracts/bus/buckets.ts';
import { readRecordBytes } from '@flotilla/contracts/records/read-record.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { bucketStream, bucketSubject, openBucket } from '@flotilla/runtime/key-value.ts';

export interface PrincipalRecords {
  /** All readable records of the namespace, by ServiceAccount. @throws FlotillaError of the bus */
  read(): Promise<Map<string, AdmissionRecord>>;
  write(serviceAccount: string, record: AdmissionRecord): Promise<void>;
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
      for (const { subject, payload } of await bus.lastPerSubject(bucketStream('PRINCIPALS'), `${prefix}*`)) {
        const record = readRecordBytes(admissionRecordSchema, payload);
        // An unreadable record admits no connection; the plan writes it anew.
        if (record.ok) records.set(subject.slice(prefix.length), record.value);
      }
      return records;
    },
    write: (serviceAccount, record) => put(keys.admission(namespace, serviceAccount), record),
    writeTokenKeys: (tokenKeys) => put(keys.tokenKeys, tokenKeys),
  };
}
