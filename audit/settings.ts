/** Settings of the audit service. */
import { SERVICE_PORTS } from '@flotilla/contracts';
import { busSettings, commonSettings, networkSettings } from '@flotilla/runtime/config.ts';
import { z } from 'zod';
import { CHECKPOINT_ENTRIES_MAX, CHECKPOINT_INTERVAL_MS } from './log/format.ts';

export const auditSettings = z.object({
  ...commonSettings(SERVICE_PORTS.audit),
  ...busSettings,
  ...networkSettings,
  FLOTILLA_AUDIT_DIR: z.string().min(1).describe('Folder of the audit log.'),
  FLOTILLA_AUDIT_KEY_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Ed25519 private key (PKCS #8, PEM), made on the first start. The file must lie outside of the log's folder. " +
        'Default: signing-key.pem in the folder that is named like the one of the log with -key behind.',
    ),
  FLOTILLA_AUDIT_ORIGIN: z
    .string()
    .regex(/^[^\s+]{1,128}$/)
    .default('flotilla.dev/audit')
    .describe('Name of the log in its checkpoints and in its key.'),
  FLOTILLA_AUDIT_WITNESS_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('File outside of the folder that gets a copy of every checkpoint. A verifier uses the copy as an anchor.'),
  FLOTILLA_AUDIT_CHECKPOINT_ENTRIES: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_536)
    .default(CHECKPOINT_ENTRIES_MAX)
    .describe('Entries after which the log is checkpointed at the latest.'),
  FLOTILLA_AUDIT_CHECKPOINT_MS: z.coerce
    .number()
    .int()
    .min(10)
    .max(60_000)
    .default(CHECKPOINT_INTERVAL_MS)
    .describe('Milliseconds after which new entries are checkpointed at the latest.'),
});
export type AuditSettings = z.infer<typeof auditSettings>;
