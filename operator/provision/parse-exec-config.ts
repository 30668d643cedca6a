/** Reads the configuration of exec from the bytes of the CONFIG bucket, for the operator, which replaces it. Pure. */
import { type ExecConfig, execConfigSchema } from '@flotilla/contracts/control/exec-config.ts';
import { readRecordBytes } from '@flotilla/contracts/records/read-record.ts';

/** Undefined for bytes that this build cannot read. Fields of another version are kept. */
export function parseExecConfig(bytes: Uint8Array): ExecConfig | undefined {
  const read = readRecordBytes(execConfigSchema, bytes);
  return read.ok ? read.value : undefined;
}
