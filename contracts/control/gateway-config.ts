/** The gateway's sources file (`FLOTILLA_SOURCES_FILE`), written by the operator from SignalSources. Secrets are files beside it, never in it. */
import { z } from 'zod';
import { token } from '../values/scalars.ts';
import { rowFormatSchema, SYMBOLS_MAX } from './row-format.ts';

const commonShape = {
  name: token,
  venue: token,
  instruments: z.array(token).min(1).max(256),
  ratePerSecond: z.int().min(1).max(10_000),
  burst: z.int().min(1).max(10_000),
} as const;

/** Name of the file beside `secretFile` with a second secret, which is accepted too while a sender changes over. The file need not exist. */
export const NEXT_SECRET_FILE = '.next';

const symbolSchema = z.strictObject({ symbol: z.string().min(1).max(64), instrument: token });

export const gatewaySourceSchema = z.discriminatedUnion('scheme', [
  z.strictObject({ ...commonShape, scheme: z.literal('Hmac'), secretFile: z.string().min(1) }),
  z.strictObject({
    ...commonShape,
    scheme: z.literal('TradingView'),
    secretFile: z.string().min(1),
    sourceAddresses: z.array(z.string().max(45)).max(64),
    freshnessMs: z.int().min(1_000).max(3_600_000),
    /** Symbols of charts and the instrument of each; absent: alerts name instruments themselves. */
    symbols: z.array(symbolSchema).max(SYMBOLS_MAX).optional(),
  }),
  z.strictObject({
    ...commonShape,
    scheme: z.literal('Replay'),
    datasets: z.array(token).min(1).max(64),
    /** Folder with the files of the datasets. A relative folder counts from that of the sources file. Absent: the data folder of the gateway. */
    folder: z.string().min(1).max(512).optional(),
    /** Subfolder of `folder`; no file outside of `folder` is read, whatever links lie in it. */
    path: z.string().min(1).max(256).optional(),
    /** How rows are written. Absent: `datasets.json` beside the files says it. */
    format: rowFormatSchema.optional(),
  }),
]);
export type GatewaySource = z.infer<typeof gatewaySourceSchema>;

export const gatewayConfigSchema = z.strictObject({ schemaVersion: z.literal(1), sources: z.array(gatewaySourceSchema).max(256) });
export type GatewayConfig = z.infer<typeof gatewayConfigSchema>;
