/** Settings of a service: read once at the start, from the environment that `main.ts` gives, against the service's zod schema. */
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { type NetworkTargets, networkTargetsSchema } from '@flotilla/contracts/control/network-report.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { readRecordBytes } from '@flotilla/contracts/records/read-record.ts';
import { z } from 'zod';

/** The environment variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

const port = z.coerce.number().int().min(0).max(65_535);
const text = z.string().min(1);

/** Settings of every service, to spread into its schema. `PORT` 0 takes a free port. */
export function commonSettings(portDefault: number) {
  return {
    // A server of Node.js listens on every address when its host is empty.
    HOST: text
      .transform((host) => (host === '*' ? '' : host))
      .default('127.0.0.1')
      .describe('Address on which the service listens. `*` means every address.'),
    PORT: port.default(portDefault).describe('TCP port on which the service listens. 0 takes a free port.'),
    POD_NAME: text
      .max(128)
      .default(() => `${hostname()}-${process.pid}`.slice(0, 128))
      .describe('Name of this instance in logs, events and reports. Default: host name and process id.'),
    FLOTILLA_REVISION: text.max(63).default('dev').describe('Build that runs, as logs and events name it.'),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info').describe('Lowest level that is logged.'),
  };
}

/** Settings of a service that exports traces: one that calls `startTracing`. */
export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Collector for traces, by OTLP over HTTP. Without it no trace is exported.'),
} as const;

/** Settings of a service that talks to NATS. */
export const busSettings = {
  NATS_URL: z.url({ protocol: /^(nats|tls)$/ }).describe('Address of NATS.'),
  NATS_TOKEN_FILE: text
    .optional()
    .describe("File with the token of the pod's ServiceAccount, which proves to NATS who connects. Each connection reads the file again."),
  NATS_CREDS_FILE: text.optional().describe('File with claims and seed of a user of NATS, for a process outside of a pod. Secret.'),
} as const;

/** Settings of the login of a second principal of the gateway's process. */
export const normaliserLoginSettings = {
  NATS_NORMALISER_TOKEN_FILE: text
    .optional()
    .describe(
      "File with the second token of the pod's ServiceAccount, which proves to NATS that the normaliser connects. Without a login of its own the normaliser shows that of the gateway.",
    ),
  NATS_NORMALISER_CREDS_FILE: text
    .optional()
    .describe('File with claims and seed of the user of the normaliser at NATS, for a process outside of a pod. Secret.'),
} as const;

/** Settings of a service whose pod tries its own NetworkPolicy. */
export const networkSettings = {
  FLOTILLA_NETWORK_TARGETS: text
    .transform((value, context): NetworkTargets => {
      const read = readRecordBytes(networkTargetsSchema, Buffer.from(value));
      if (read.ok) return read.value;
      context.addIssue({ code: 'custom', message: read.problem });
      return z.NEVER;
    })
    .optional()
    .describe(
      'Addresses that the service tries to connect to once a minute, as JSON: one that its NetworkPolicy permits, and those that the policy must deny. The service reports the outcome. Default: the service tries none.',
    ),
} as const;

/** Settings of a service that talks to Redis. */
export const storeSettings = {
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).describe('Address of Redis.'),
  FLOTILLA_STORE_LOGIN_DIR: text.describe(
    'Folder with the files `user` and `password`: the login of the service at Redis. The service reads both again when they change. Secret.',
  ),
} as const;

/**
 * Reads and checks the settings of `service`. `X_FILE` names a file that contains `X` (a mounted secret) as UTF-8 text, with or without a line end.
 * `X` itself wins over `X_FILE`.
 * An empty value counts as missing.
 *
 * @throws FlotillaError `CONFIG_INVALID` with one message that names every missing and invalid setting, and no value.
 */
export function loadConfig<Schema extends z.ZodObject>(service: string, schema: Schema, environment: Environment): z.infer<Schema> {
  const problems: string[] = [];
  const values: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = valueOf(name, environment, problems);
    if (value !== undefined) values[name] = value;
  }
  const unreadable = new Set(problems.map((problem) => problem.split(':', 1)[0]));
  const result = schema.safeParse(values);
  for (const issue of result.error?.issues ?? []) {
    const name = String(issue.path[0] ?? '(all)');
    if (unreadable.has(name)) continue;
    problems.push(`${name}: ${name in values ? issue.message : 'missing'}`);
  }
  if (result.success && problems.length === 0) return result.data;
  const count = problems.length === 1 ? '1 invalid setting' : `${problems.length} invalid settings`;
  throw new FlotillaError('CONFIG_INVALID', `${service} cannot start: ${count}:\n${problems.map((line) => `  ${line}`).join('\n')}`);
}

function valueOf(name: string, environment: Environment, problems: string[]): string | undefined {
  const value = environment[name];
  if (value !== undefined && value !== '') return value;
  const path = environment[`${name}_FILE`];
  if (path === undefined || path === '') return undefined;
  try {
    const content = readFileSync(path);
    if (!isUtf8(content)) {
      // Decoding would replace bytes, and the server would refuse a password that looks right.
      problems.push(`${name}: expected UTF-8 text in the file named by ${name}_FILE, found ${content.byteLength} bytes that are not`);
      return undefined;
    }
    const text = content.toString('utf8').replace(/\r?\n$/, '');
    if (text !== '') return text;
    problems.push(`${name}: the file named by ${name}_FILE is empty`);
  } catch (error) {
    problems.push(`${name}: the file named by ${name}_FILE cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }
  return undefined;
}
