/** Follows CONFIG; one that cannot be used changes nothing, so that a bad write never loosens a limit. */
import {
  type Clock,
  describeIssues,
  type ExecConfig,
  execConfigSchema,
  FlotillaError,
  keys,
  type KeyValue,
  type KeyValueEntry,
  type Subscription,
} from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';

export interface ConfigWatch extends Subscription {
  /** Since the last successful look was begun; undefined before the first. */
  ageMs(): number | undefined;
}

/** Resolves after the first look, which may find no configuration. */
export async function watchConfig(options: {
  readonly bucket: KeyValue;
  readonly portfolio: string;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
  readonly onConfig: (config: ExecConfig) => void;
}): Promise<ConfigWatch> {
  const { bucket, portfolio, clock, logger, onConfig } = options;
  let lookedMs: number | undefined;
  const onEntry = ({ value, revision }: KeyValueEntry): void => {
    try {
      const config = parseConfig(value, portfolio);
      onConfig(config);
      logger.info({ revision, configHash: config.configHash }, 'configuration in force');
    } catch (error) {
      logger.error({ err: error, revision }, 'the configuration cannot be used; the one before stays in force');
    }
  };
  const onLook = (begunMs: number): void => {
    lookedMs = Math.max(lookedMs ?? begunMs, begunMs);
  };
  const subscription = await bucket.watch(keys.execConfig(portfolio), onEntry, { onLook });
  return {
    unsubscribe: () => subscription.unsubscribe(),
    ageMs: () => (lookedMs === undefined ? undefined : clock.monotonicMs() - lookedMs),
  };
}

/** @throws FlotillaError `CONFIG_INVALID`. */
function parseConfig(value: Uint8Array, portfolio: string): ExecConfig {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(value));
  } catch (cause) {
    throw new FlotillaError('CONFIG_INVALID', `expected the configuration of ${portfolio} as JSON`, { cause });
  }
  const result = execConfigSchema.safeParse(json);
  if (!result.success) {
    throw new FlotillaError('CONFIG_INVALID', `expected the configuration of ${portfolio}, found: ${describeIssues(result.error)}`);
  }
  if (result.data.portfolio !== portfolio) {
    throw new FlotillaError('CONFIG_INVALID', `expected the configuration of ${portfolio}, found that of ${result.data.portfolio}`);
  }
  return result.data;
}
