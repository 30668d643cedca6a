/**
 * Numbers the configuration records of a portfolio. Pure.
 *
 * exec uses no record below the highest generation that any exec of the portfolio has read. So each record that changes anything, and each record
 * that replaces one which exec no longer uses, has a generation above that of the record and above that of exec's report.
 */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';

/**
 * Returns `last` itself when nothing is to be written.
 *
 * @param config as planned; a generation that it carries is ignored
 * @param last the record that stands, if any
 * @param exec the last report of exec, also an old one
 */
export function withGeneration(
  config: ExecConfig,
  last: ExecConfig | undefined,
  exec: Pick<ExecStatus, 'newestConfig'> | undefined,
): ExecConfig {
  if (last !== undefined && last.configHash === config.configHash && isFollowed(last, exec)) return last;
  const highest = Math.max(last?.generation ?? 0, exec?.newestConfig?.generation ?? 0);
  const generation = highest + 1;
  assert(Number.isSafeInteger(generation), `expected a configuration generation below ${Number.MAX_SAFE_INTEGER}, found ${highest}`);
  return { ...config, generation };
}

/** True when exec, which may have read newer records, uses this one. */
function isFollowed({ generation, configHash }: ExecConfig, exec: Pick<ExecStatus, 'newestConfig'> | undefined): boolean {
  if (generation === undefined) return false;
  const newest = exec?.newestConfig;
  if (newest === undefined || generation > newest.generation) return true;
  return generation === newest.generation && configHash === newest.hash;
}
