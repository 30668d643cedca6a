/** Opens the signer of the audit service, after it has made sure that neither the private key nor a witness lies in the log's folder. */
import type { Logger } from '@flotilla/runtime/log.ts';
import type { AuditSettings } from '../settings.ts';
import { evictSigningKey, requireOutside } from './evict-key.ts';
import type { NoteSigner } from './signed-note.ts';
import { defaultKeyFile, loadSigningKey } from './signing-key.ts';

/** @throws FlotillaError `CONFIG_INVALID`. */
export async function openSigner(settings: AuditSettings, logger: Logger): Promise<NoteSigner> {
  const { FLOTILLA_AUDIT_DIR: folder, FLOTILLA_AUDIT_ORIGIN: origin, FLOTILLA_AUDIT_WITNESS_FILE: witness } = settings;
  const keyFile = settings.FLOTILLA_AUDIT_KEY_FILE ?? defaultKeyFile(folder);
  if (witness !== undefined) await requireOutside(folder, witness, 'FLOTILLA_AUDIT_WITNESS_FILE');
  const eviction = await evictSigningKey({ folder, keyFile, origin });
  if (eviction === 'MOVED')
    logger.warn({ folder, keyFile }, "moved the private key out of the log's folder: copies of the folder made before hold the key");
  if (eviction === 'FOREIGN') logger.warn({ folder }, "the log's folder holds a private key that does not sign this log: take it away");
  return loadSigningKey(keyFile, origin);
}
