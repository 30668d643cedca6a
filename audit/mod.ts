/** The audit log for other workspaces: the writer, the key and the offline verifier. */
export { type AuditLog, type AuditLogOptions, openAuditLog } from './log/audit-log.ts';
export { defaultKeyFile, loadSigningKey } from './log/signing-key.ts';
export { type Finding, type FindingCode, type VerifyResult } from './verify/finding.ts';
export { verifyFolder, type VerifyOptions } from './verify/verify-folder.ts';
