/** Follows CONFIG; one that cannot be used changes nothing, so that a bad write never loosens a limit. */
import {
  describeIssues,
  type ExecConfig,
  execConfigSchema,
  FlotillaError,
  keys,
  type KeyValue,
  type Subscription,
} from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';

/** Resolves after the first look, which may find no configuration. */
export function watchConfig(options: {
  readonly bucket: KeyValue;
  readonly portfolio: string;
  readonly logger: Logger;
  readonly onConfig: (config: ExecConfig) => void;
}): Promise<Subscription> {
  const { bucket, portfolio, logger, onConfig } = options;
  return bucket.watch(keys.execConfig(portfolio), ({ value, revision }) => {
    try {
      const config = parseConfig(value, portfolio);
      onConfig(config);
      logger.info({ revision, configHash: config.configHash }, 'configuration in force');
    } catch (error) {
      logger.error({ err: error, revision }, 'the configuration cannot be used; the one before stays in force');
    }
  });
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
