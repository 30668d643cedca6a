/**
 * Which Secrets a SignalSource may name, for the resource and the operator. A person who may write SignalSources shall not reach other Secrets
 * through the gateway. The name decides: no service has to read a Secret to know its name, and a name cannot be changed. Pure.
 */

export const WEBHOOK_SECRET_SUFFIX = '-webhook';

/** Only a person who may create Secrets can give a Secret such a name. */
export function isWebhookSecretName(name: string): boolean {
  return name.length > WEBHOOK_SECRET_SUFFIX.length && name.endsWith(WEBHOOK_SECRET_SUFFIX);
}
