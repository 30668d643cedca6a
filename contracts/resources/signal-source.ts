/** SignalSource: one way by which signals come in. */
import { z } from 'zod';
import { token } from '../values/scalars.ts';
import {
  ageColumn,
  messageColumn,
  nameRule,
  readyColumn,
  reasonColumn,
  type ResourceDefinition,
  type ResourceObject,
} from './definition.ts';
import { NEXT_SECRET_FILE } from '../control/gateway-config.ts';
import { FIRST_REFUSED_LENGTH_MAX } from '../control/row-counts.ts';
import { SYMBOLS_MAX } from '../control/row-format.ts';
import { type CrossRule, listMap, listSet, statusShape, withRules } from './fields.ts';
import { podTemplateSchema } from './pod-template.ts';
import { replaySpecSchema } from './replay-spec.ts';
import { isWebhookSecretName, WEBHOOK_SECRET_SUFFIX } from './webhook-secret-name.ts';

/** Where TradingView's webhooks come from (its documentation of webhooks). */
export const TRADING_VIEW_ADDRESSES = ['52.89.214.238', '34.212.75.30', '54.218.53.128', '52.32.178.7'] as const;

/** Key of the second secret when a SignalSource names none. */
export const NEXT_KEY_DEFAULT = 'next';

const signalSourceFields = z.strictObject({
  scheme: z
    .enum(['Hmac', 'TradingView', 'Replay'])
    .describe(
      'How signals arrive. Hmac: a webhook signed with HMAC-SHA256. TradingView: the unsigned webhook of TradingView, with the secret in the path. Replay: recorded market data, own or of the gateway’s data folder.',
    ),
  secretRef: z
    .strictObject({
      name: z
        .string()
        .min(1)
        .max(253)
        .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/)
        .describe(`Name of the Secret, in the same namespace. Must end in ${WEBHOOK_SECRET_SUFFIX}.`),
      key: z
        .string()
        .min(1)
        .max(253)
        .regex(/^[A-Za-z0-9._-]+$/)
        .default('secret')
        .describe('Key within the Secret.'),
      nextKey: z
        .string()
        .min(1)
        .max(253)
        .regex(/^[A-Za-z0-9._-]+$/)
        .optional()
        .describe(
          'Key of a second secret that the gateway accepts too, while a sender changes over. The Secret need not have it. The default key is next.',
        ),
    })
    .optional()
    .describe(
      'Secret that the sender and the gateway share. Required for the schemes Hmac and TradingView. The gateway reads the Secret; the operator reads no Secret.',
    ),
  venue: token.describe('Venue in the bus subject of the signals: signals.normalized.<venue>.<instrument>.'),
  instruments: listSet(token, 256, 1).describe(
    'Instruments that signals of this source may name. The gateway refuses a signal of another instrument.',
  ),
  rate: z
    .strictObject({
      perSecond: z
        .int()
        .min(1)
        .max(10_000)
        .default(50)
        .describe('Requests a second on average. The gateway answers further requests with 429.'),
      burst: z.int().min(1).max(10_000).default(100).describe('Largest number of requests at once after a time without requests.'),
    })
    .default({ perSecond: 50, burst: 100 })
    .describe('Rate limit of the source.'),
  tradingView: z
    .strictObject({
      sourceAddresses: listSet(
        z
          .string()
          .min(2)
          .max(45)
          .regex(/^[0-9A-Fa-f.:]+$/),
        64,
      )
        .default([...TRADING_VIEW_ADDRESSES])
        .describe(
          'IP addresses that may send alerts. An empty list allows every address. Default: the four addresses that TradingView documents.',
        ),
      freshnessSeconds: z.int().min(1).max(3_600).default(60).describe('Oldest accepted {{timenow}} of an alert, in seconds.'),
      symbols: listMap(
        z.strictObject({
          symbol: z
            .string()
            .min(1)
            .max(64)
            .regex(/^[A-Za-z0-9:._!/-]+$/)
            .describe('Symbol as the alert writes it, for example BTCUSD ({{ticker}}) or COINBASE:BTCUSD ({{exchange}}:{{ticker}}).'),
          instrument: token.describe('Instrument of the portfolio that the symbol stands for; one of spec.instruments.'),
        }),
        ['symbol'],
        SYMBOLS_MAX,
      )
        .optional()
        .describe('Symbols of TradingView charts and the instrument of each. An alert may name either. Default: alerts name instruments.'),
    })
    .optional()
    .describe('Settings of the scheme TradingView.'),
  podTemplate: podTemplateSchema
    .optional()
    .describe(
      'Size and place of the pod of the gateway. All SignalSources of a namespace share one gateway: the first of them by name that has a pod template decides.',
    ),
  replay: replaySpecSchema.optional().describe('Settings of the scheme Replay.'),
});
type SignalSourceFields = z.infer<typeof signalSourceFields>;

const rules: readonly CrossRule<SignalSourceFields>[] = [
  {
    cel: { rule: "self.scheme == 'Replay' || has(self.secretRef)", message: 'secretRef is required for the schemes Hmac and TradingView' },
    holds: ({ scheme, secretRef }) => scheme === 'Replay' || secretRef !== undefined,
  },
  {
    cel: { rule: "self.scheme != 'Replay' || !has(self.secretRef)", message: 'secretRef has no meaning for the scheme Replay' },
    holds: ({ scheme, secretRef }) => scheme !== 'Replay' || secretRef === undefined,
  },
  {
    cel: {
      rule: `!has(self.secretRef) || (self.secretRef.name.endsWith('${WEBHOOK_SECRET_SUFFIX}') && self.secretRef.name != '${WEBHOOK_SECRET_SUFFIX}')`,
      message: `secretRef.name must end in ${WEBHOOK_SECRET_SUFFIX}: a SignalSource may use no other Secret of the namespace`,
    },
    holds: ({ secretRef }) => secretRef === undefined || isWebhookSecretName(secretRef.name),
  },
  {
    cel: {
      rule: `!has(self.secretRef) || (self.secretRef.key != (has(self.secretRef.nextKey) ? self.secretRef.nextKey : '${NEXT_KEY_DEFAULT}') && self.secretRef.key != '${NEXT_SECRET_FILE}')`,
      message: `secretRef.key must differ from secretRef.nextKey (default ${NEXT_KEY_DEFAULT}) and from ${NEXT_SECRET_FILE}`,
    },
    holds: ({ secretRef }) =>
      secretRef === undefined || (secretRef.key !== (secretRef.nextKey ?? NEXT_KEY_DEFAULT) && secretRef.key !== NEXT_SECRET_FILE),
  },
  {
    cel: { rule: "(self.scheme == 'Replay') == has(self.replay)", message: 'replay is required for the scheme Replay and for no other' },
    holds: ({ scheme, replay }) => (scheme === 'Replay') === (replay !== undefined),
  },
  {
    cel: { rule: "self.scheme == 'TradingView' || !has(self.tradingView)", message: 'tradingView belongs to the scheme TradingView alone' },
    holds: ({ scheme, tradingView }) => scheme === 'TradingView' || tradingView === undefined,
  },
  {
    cel: {
      rule: '!has(self.tradingView) || !has(self.tradingView.symbols) || self.tradingView.symbols.all(entry, entry.instrument in self.instruments)',
      message: 'every instrument of tradingView.symbols must be one of spec.instruments',
    },
    holds: ({ tradingView, instruments }) => (tradingView?.symbols ?? []).every(({ instrument }) => instruments.includes(instrument)),
  },
  {
    cel: {
      rule: '!has(self.replay) || !has(self.replay.format) || !has(self.replay.format.symbols) || self.replay.format.symbols.all(entry, entry.instrument in self.instruments)',
      message: 'every instrument of replay.format.symbols must be one of spec.instruments',
    },
    holds: ({ replay, instruments }) => (replay?.format?.symbols ?? []).every(({ instrument }) => instruments.includes(instrument)),
  },
  {
    cel: {
      rule: '!has(self.replay) || !has(self.replay.format) || (has(self.replay.format.columns) && has(self.replay.format.columns.symbol)) || self.instruments.size() == 1',
      message: 'replay.format needs columns.symbol, or exactly one instrument in spec.instruments',
    },
    holds: ({ replay, instruments }) =>
      replay?.format === undefined || replay.format.columns?.symbol !== undefined || instruments.length === 1,
  },
  {
    cel: { rule: 'self.rate.burst >= self.rate.perSecond', message: 'rate.burst must be at least rate.perSecond' },
    holds: ({ rate }) => rate.burst >= rate.perSecond,
  },
];

export const signalSourceSpecSchema = withRules(signalSourceFields, rules).describe(
  'Scheme, secret, instruments and rate limit of the source.',
);
export type SignalSourceSpec = z.infer<typeof signalSourceSpecSchema>;

const rowCount = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

export const signalSourceStatusSchema = z
  .strictObject({
    ...statusShape,
    path: z
      .string()
      .max(128)
      .regex(/^[ -~]*$/)
      .optional()
      .describe('Path of the webhook at the gateway.'),
    service: z
      .string()
      .max(128)
      .regex(/^[ -~]*$/)
      .optional()
      .describe('Address of the gateway within the cluster.'),
    rows: z
      .strictObject({
        usable: rowCount.describe('Number of rows that the gateway can replay.'),
        refused: rowCount.describe('Number of rows that the gateway refuses.'),
        firstRefused: z
          .string()
          .max(FIRST_REFUSED_LENGTH_MAX)
          .meta({ maxLength: FIRST_REFUSED_LENGTH_MAX })
          .optional()
          .describe('File, line and reason of the first refused row.'),
      })
      .optional()
      .describe('Rows of all datasets of a source of the scheme Replay. The gateway counts them in the background after a change.'),
  })
  .describe('Address of the webhook, and whether the gateway serves the source.');
export type SignalSourceStatus = z.infer<typeof signalSourceStatusSchema>;
export type SignalSource = ResourceObject<SignalSourceSpec, SignalSourceStatus>;

export const signalSourceResource = {
  kind: 'SignalSource',
  plural: 'signalsources',
  singular: 'signalsource',
  shortNames: ['sigsrc'],
  scope: 'Namespaced',
  description: 'A webhook or a recorded feed that the gateway turns into signals.',
  spec: signalSourceSpecSchema,
  status: signalSourceStatusSchema,
  rules: [nameRule],
  printerColumns: [
    {
      name: 'Scheme',
      type: 'string',
      jsonPath: '.spec.scheme',
      description: 'How signals arrive: Hmac, TradingView or Replay.',
      priority: 0,
    },
    { name: 'Path', type: 'string', jsonPath: '.status.path', description: 'Path of the webhook.', priority: 0 },
    {
      name: 'Refused',
      type: 'integer',
      jsonPath: '.status.rows.refused',
      description: 'Number of refused rows of a source of the scheme Replay.',
      priority: 0,
    },
    readyColumn,
    reasonColumn,
    messageColumn,
    ageColumn,
  ],
} as const satisfies ResourceDefinition;
