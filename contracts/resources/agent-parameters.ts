/**
 * Parameters of the built-in agents. The operator validates a Strategy with these before it starts anything, and the agent again
 * when it starts, so both say the same. Quantities and notionals are decimal text, as everywhere; counts and thresholds are numbers.
 */
import { z } from 'zod';
import { positiveDecimal, token } from '../values/scalars.ts';
import { nearestName } from './nearest-name.ts';

export const builtInAgentSchema = z.enum(['Momentum', 'MeanReversion', 'Alert']);
export type BuiltInAgent = z.infer<typeof builtInAgentSchema>;

/** Exactly one of `quantity` and `notional` says how large a position is; the refinement below names both when it is not so. */
const sizeShape = {
  quantity: positiveDecimal.optional().describe('Position to hold per instrument, in units of the base asset, as text, for example "0.5".'),
  notional: positiveDecimal
    .optional()
    .describe(
      'Position to hold per instrument, in the quote currency, as text; turned into a quantity at the market price (the close of the bar; for Alert the last price of the last 60 s, and never the price in the alert), rounded down to a lot.',
    ),
} as const;

const sharedShape = {
  ...sizeShape,
  orderTtlSeconds: z
    .int()
    .min(1)
    .max(3_600)
    .default(30)
    .describe('An order intent older than this, counted from its signal, is denied instead of executed.'),
} as const;

const exactlyOneSize = {
  path: ['quantity'],
  error: 'expected exactly one of quantity and notional, for example quantity: "0.1"',
};
const hasOneSize = (value: { readonly quantity?: string | undefined; readonly notional?: string | undefined }): boolean =>
  (value.quantity === undefined) !== (value.notional === undefined);

/** Moving averages of closes: long while the fast one is above the slow one, short (or flat) while below. */
export const momentumParametersSchema = z
  .strictObject({
    ...sharedShape,
    fastBars: z.int().min(1).max(1_000).default(10).describe('Bars of the fast moving average of closes.'),
    slowBars: z.int().min(2).max(5_000).default(30).describe('Bars of the slow moving average of closes; more than fastBars.'),
    thresholdBps: z
      .int()
      .min(0)
      .max(1_000)
      .default(0)
      .describe('Distance of the two averages, in hundredths of a percent of the slow one, below which the position stays as it is.'),
    allowShort: z.boolean().default(false).describe('Hold a short position instead of none while the fast average is below.'),
  })
  .refine((value) => value.fastBars < value.slowBars, { path: ['fastBars'], error: 'expected fastBars below slowBars' })
  .refine(hasOneSize, exactlyOneSize);

/** Z-score of the close within a window: against the deviation at entry, out again near the mean. */
export const meanReversionParametersSchema = z
  .strictObject({
    ...sharedShape,
    windowBars: z.int().min(2).max(5_000).default(60).describe('Bars of the mean and the (population) standard deviation of closes.'),
    entryZScore: z.number().min(0.1).max(10).default(2).describe('Deviations from the mean at which a position against them is opened.'),
    exitZScore: z.number().min(0).max(10).default(0.5).describe('Deviations from the mean at which it is closed; below entryZScore.'),
    allowShort: z.boolean().default(false).describe('Sell short above the mean; otherwise only buy below it.'),
  })
  .refine((value) => value.exitZScore < value.entryZScore, { path: ['exitZScore'], error: 'expected exitZScore below entryZScore' })
  .refine(hasOneSize, exactlyOneSize);

/** Follows alerts from outside: BUY holds long, SELL holds short (or nothing), FLAT holds nothing. */
export const alertParametersSchema = z
  .strictObject({
    ...sharedShape,
    source: token.optional().describe('SignalSource whose alerts are followed. Default: every source.'),
    minimumStrength: z.number().min(0).max(1).default(0).describe('Alerts weaker than this, on a scale of 0 to 1, are ignored.'),
    allowShort: z.boolean().default(false).describe('Hold a short position after SELL; otherwise SELL closes what is held.'),
  })
  .refine(hasOneSize, exactlyOneSize);

export const AGENT_PARAMETERS = {
  Momentum: momentumParametersSchema,
  MeanReversion: meanReversionParametersSchema,
  Alert: alertParametersSchema,
} as const satisfies Record<BuiltInAgent, z.ZodType>;

export type AgentParameters<A extends BuiltInAgent> = z.infer<(typeof AGENT_PARAMETERS)[A]>;
export type MomentumParameters = AgentParameters<'Momentum'>;
export type MeanReversionParameters = AgentParameters<'MeanReversion'>;
export type AlertParameters = AgentParameters<'Alert'>;

/** One thing wrong with parameters: where (`fastBars`, or `(root)`), and what was expected and found. */
export interface ParameterProblem {
  readonly path: string;
  readonly message: string;
}

export type ParsedParameters<A extends BuiltInAgent> =
  | {
      readonly ok: true;
      readonly parameters: AgentParameters<A>;
      /** Names that this build does not know and ignores: a later version may have written them. */
      readonly unknown: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly ParameterProblem[] };

/**
 * Validates what a user wrote under `spec.parameters` and fills in the defaults.
 *
 * A name that this build does not know is ignored and reported, so that an operator of this version keeps the agents of the next version
 * running. A name that is one or two letters away from a known name is taken for a spelling mistake and refused.
 */
export function parseAgentParameters<A extends BuiltInAgent>(agent: A, parameters: unknown): ParsedParameters<A> {
  const names = Object.keys(AGENT_PARAMETERS[agent].shape);
  const given: unknown = parameters ?? {};
  const unknown = isRecord(given) ? Object.keys(given).filter((name) => !names.includes(name)) : [];
  const misspelt = unknown.flatMap((name) => misspeltProblem(agent, name, names) ?? []);
  const known = isRecord(given) ? withNamesMeant(given, names) : given;
  const result = (AGENT_PARAMETERS[agent] as z.ZodType).safeParse(known);
  if (result.success && misspelt.length === 0) return { ok: true, parameters: result.data as AgentParameters<A>, unknown };
  const refused = (result.error?.issues ?? []).map((issue) => ({ path: issue.path.join('.') || '(root)', message: problemOf(issue) }));
  return { ok: false, problems: [...misspelt, ...refused] };
}

/** Only known names, and those that are meant by misspelt ones: a value that is there under a misspelt name is not reported as missing as well. */
function withNamesMeant(given: Readonly<Record<string, unknown>>, names: readonly string[]): Readonly<Record<string, unknown>> {
  const meant = Object.entries(given).flatMap(([name, value]) => {
    const known = names.includes(name) ? name : nearestName(name, names);
    return known === undefined || (known !== name && Object.hasOwn(given, known)) ? [] : [[known, value] as const];
  });
  return Object.fromEntries(meant);
}

function misspeltProblem(agent: BuiltInAgent, name: string, names: readonly string[]): ParameterProblem | undefined {
  const meant = nearestName(name, names);
  return meant === undefined
    ? undefined
    : { path: '(root)', message: `${agent} has no ${name}; it takes ${names.join(', ')}; did you mean ${meant}?` };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function problemOf(issue: z.core.$ZodIssue): string {
  const decimalText = issue.code === 'invalid_format' && issue.format === 'regex';
  return decimalText ? 'expected a plain positive decimal as text, for example "0.5"' : issue.message;
}
