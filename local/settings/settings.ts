/** Settings of the local cluster, read from the environment. For every command of `local/main.ts`. */
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { PORT_OFFSET_MAX, PORT_OFFSET_STEP } from '../addresses/ports.ts';

export interface LocalSettings {
  readonly checkoutDir: string;
  /** Everything of this cluster; `.local` of the checkout unless FLOTILLA_STATE_DIR says otherwise. */
  readonly stateDir: string;
  /** Folder of built binaries, which all clones share. */
  readonly cacheDir: string;
  /** Searched for binaries before the cache. */
  readonly pathDirs: readonly string[];
  /** Taken without a look at the version (FLOTILLA_BIN_DIR). */
  readonly binDir: string | undefined;
  /** Undefined: as remembered, else 0. */
  readonly portOffset: number | undefined;
  /** Seconds after which a node that reports nothing counts as lost (FLOTILLA_NODE_GRACE_SECONDS). Undefined: the default of Kubernetes. */
  readonly nodeGraceSeconds: number | undefined;
  /** The few variables that child processes get besides their own; compiled code is cached, as it halves the start of a service. */
  readonly childEnvironment: Readonly<Record<string, string>>;
}

const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ'] as const;
const STATE_DIR_DEFAULT = '.local';
/** A node has to report several times within the grace period. */
const NODE_GRACE_SECONDS_MIN = 4;

/** @throws FlotillaError CONFIG_INVALID */
export function parseSettings(env: Readonly<Record<string, string | undefined>>, checkoutDir: string): LocalSettings {
  const home = env['HOME'] ?? homedir();
  const cacheDir = resolve(nonEmpty(env['FLOTILLA_CACHE']) ?? join(nonEmpty(env['XDG_CACHE_HOME']) ?? join(home, '.cache'), 'flotilla'));
  return {
    checkoutDir,
    stateDir: resolve(checkoutDir, nonEmpty(env['FLOTILLA_STATE_DIR']) ?? STATE_DIR_DEFAULT),
    cacheDir,
    pathDirs: (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '' && !folder.includes('node_modules')),
    binDir: nonEmpty(env['FLOTILLA_BIN_DIR']),
    portOffset: parseOffset(nonEmpty(env['PORT_OFFSET'])),
    nodeGraceSeconds: parseGrace(nonEmpty(env['FLOTILLA_NODE_GRACE_SECONDS'])),
    childEnvironment: {
      ...Object.fromEntries(
        INHERITED.flatMap((name) => {
          const value = env[name];
          return value === undefined ? [] : [[name, value]];
        }),
      ),
      NODE_COMPILE_CACHE: nonEmpty(env['NODE_COMPILE_CACHE']) ?? join(cacheDir, 'node-compile'),
    },
  };
}

function parseOffset(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const offset = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (offset <= PORT_OFFSET_MAX) return offset;
  throw new FlotillaError(
    'CONFIG_INVALID',
    `PORT_OFFSET: expected a number from 0 to ${PORT_OFFSET_MAX}, found ${JSON.stringify(text)}; use a multiple of ${PORT_OFFSET_STEP}, so that clones do not meet`,
  );
}

function parseGrace(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= NODE_GRACE_SECONDS_MIN) return seconds;
  throw new FlotillaError(
    'CONFIG_INVALID',
    `FLOTILLA_NODE_GRACE_SECONDS: expected whole seconds from ${NODE_GRACE_SECONDS_MIN} to 999, found ${JSON.stringify(text)}`,
  );
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
