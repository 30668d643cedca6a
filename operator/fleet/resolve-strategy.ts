/** Decides from a Strategy and the objects that it names whether it can trade. The controllers of Portfolio and Strategy use the same functions. */
import type { ReasonOf } from '@flotilla/contracts/conditions/condition-reasons.ts';
import type { EffectivePolicy, ExecConfig, PolicyVersion } from '@flotilla/contracts/control/exec-config.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { INSTRUMENT_CATALOGUE, type InstrumentDefinition, makeInstrument } from '@flotilla/contracts/money/instrument.ts';
import { toQuantityLots } from '@flotilla/contracts/money/ticks-and-lots.ts';
import { type BuiltInAgent, builtInAgentSchema, parseAgentParameters } from '@flotilla/contracts/resources/agent-parameters.ts';
import type { PortfolioSpec } from '@flotilla/contracts/resources/portfolio.ts';
import type { StrategySpec } from '@flotilla/contracts/resources/strategy.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { type RoleInForce, roleInForce } from '@flotilla/contracts/access/role-in-force.ts';
import { type Blocked, blocked } from './blocked.ts';
import { policyHash, policyOf, tighterPolicy } from './effective-policy.ts';
import { readPortfolioSpec, readRiskPolicySpec, readStrategySpec } from './read-spec.ts';

export interface ResolvedPortfolio {
  readonly ok: true;
  readonly name: string;
  readonly spec: PortfolioSpec;
  /** Fields of the spec that this build does not know and ignores. */
  readonly unknownFields: readonly string[];
  readonly policy: EffectivePolicy;
  readonly policyHash: string;
  /** The catalogue with the portfolio's own definitions over it. */
  readonly instruments: ReadonlyMap<string, InstrumentDefinition>;
}

export interface ResolvedStrategy {
  readonly ok: true;
  readonly name: string;
  readonly spec: StrategySpec;
  /** Fields of the spec, parameters included, that this build does not know and ignores. */
  readonly unknownFields: readonly string[];
  readonly agent: BuiltInAgent;
  readonly instruments: readonly InstrumentDefinition[];
  /** The AgentRole that it names; undefined when it names none. */
  readonly role: Extract<RoleInForce, { readonly ok: true }> | undefined;
  /** RiskPolicies that its limits were made of: the portfolio's, and its own if it names one. */
  readonly policies: readonly PolicyVersion[];
  /** The entry in the configuration of exec. Kill switches are not part of it. */
  readonly entry: ExecConfig['strategies'][number];
}

/** Why a Portfolio cannot work. */
export type BlockedPortfolio = Blocked<ReasonOf<'Portfolio'>>;
/** Why a Strategy cannot work. */
export type BlockedStrategy = Blocked<ReasonOf<'Strategy'>>;

/** Finds a RiskPolicy of the tenant namespace by name. */
export type FindPolicy = (name: string) => ResourceObject | undefined;
/** Finds an AgentRole of the tenant namespace by name. */
export type FindRole = (name: string) => ResourceObject | undefined;

export function resolvePortfolio(portfolio: ResourceObject, findPolicy: FindPolicy): ResolvedPortfolio | BlockedPortfolio {
  const read = readPortfolioSpec(portfolio);
  if (!read.ok) return read;
  const { spec, unknownFields } = read;
  const policy = resolvePolicy(spec.riskPolicyRef.name, findPolicy);
  if (!policy.ok) return policy;
  const instruments = new Map([...INSTRUMENT_CATALOGUE, ...(spec.instruments ?? [])].map((one) => [one.symbol, one]));
  for (const definition of spec.instruments ?? []) {
    const problem = problemOf(() => makeInstrument(definition));
    if (problem !== undefined) return blocked('InstrumentInvalid', `spec.instruments ${definition.symbol}: ${problem}`);
  }
  const name = portfolio.metadata.name;
  return { ok: true, name, spec, unknownFields, policy: policy.policy, policyHash: policyHash(policy.policy), instruments };
}

/** `portfolio` is what {@link resolvePortfolio} made of the one that the strategy names; undefined when there is none. */
export function resolveStrategy(
  strategy: ResourceObject,
  portfolio: ResolvedPortfolio | BlockedPortfolio | undefined,
  findPolicy: FindPolicy,
  findRole: FindRole = () => undefined,
): ResolvedStrategy | BlockedStrategy {
  const read = readStrategySpec(strategy);
  if (!read.ok) return read;
  const { spec } = read;
  const agent = builtInAgentSchema.safeParse(spec.agent.builtIn);
  if (!agent.success) {
    const known = builtInAgentSchema.options.join(', ');
    return blocked('AgentUnknown', `spec.agent.builtIn: no built-in agent ${spec.agent.builtIn}; expected one of ${known}`);
  }
  const parameters = parseAgentParameters(agent.data, spec.parameters);
  if (!parameters.ok) {
    const problems = parameters.problems.map(({ path, message }) => `spec.parameters${path === '(root)' ? '' : `.${path}`}: ${message}`);
    return blocked('ParametersInvalid', problems.slice(0, 5).join('; '));
  }
  if (portfolio === undefined) {
    return blocked(
      'PortfolioNotFound',
      `spec.portfolioRef: no Portfolio ${spec.portfolioRef.name} in this namespace; the strategy starts when it exists`,
    );
  }
  if (!portfolio.ok) {
    return blocked(
      portfolio.reason === 'RiskPolicyNotFound' ? portfolio.reason : 'PortfolioBlocked',
      `Portfolio ${spec.portfolioRef.name}: ${portfolio.message}`,
    );
  }
  const missing = spec.instruments.filter((symbol) => !portfolio.instruments.has(symbol));
  if (missing.length > 0) {
    return blocked(
      'InstrumentUnknown',
      `spec.instruments: ${missing.slice(0, 8).join(', ')} is neither built in nor defined by Portfolio ${portfolio.name} (spec.instruments)`,
    );
  }
  const instruments = spec.instruments.flatMap((symbol) => portfolio.instruments.get(symbol) ?? []);
  const offLot = offLotProblem(parameters.parameters.quantity, instruments);
  if (offLot !== undefined) return blocked('ParametersInvalid', offLot);
  const role = roleInForce(spec, findRole);
  if (role?.ok === false) return blocked(role.reason, role.message);
  const own = spec.riskPolicyRef === undefined ? undefined : resolvePolicy(spec.riskPolicyRef.name, findPolicy);
  if (own?.ok === false) return own;
  const policy = own === undefined ? portfolio.policy : tighterPolicy(portfolio.policy, own.policy);
  const ownVersion = own === undefined ? [] : [{ name: spec.riskPolicyRef?.name ?? '', hash: policyHash(own.policy) }];
  const policies = [portfolioPolicyVersion(portfolio), ...ownVersion];
  return {
    ok: true,
    name: strategy.metadata.name,
    spec,
    unknownFields: [...read.unknownFields, ...parameters.unknown.map((one) => `spec.parameters.${one}`)],
    agent: agent.data,
    instruments,
    role,
    policies,
    entry: {
      name: strategy.metadata.name,
      instruments: [...spec.instruments].sort(),
      capitalMaxNotional: spec.capital.maxNotional,
      desiredState: spec.desiredState,
      policy,
      policyHash: policyHash(policy),
      policyNames: [...new Set(policies.map(({ name }) => name))].sort(),
    },
  };
}

/** Which version of which RiskPolicy a portfolio runs. */
export function portfolioPolicyVersion({ spec, policyHash: hash }: Pick<ResolvedPortfolio, 'spec' | 'policyHash'>): PolicyVersion {
  return { name: spec.riskPolicyRef.name, hash };
}

function resolvePolicy(
  name: string,
  findPolicy: FindPolicy,
): { readonly ok: true; readonly policy: EffectivePolicy } | Blocked<'RiskPolicyNotFound' | 'RiskPolicyInvalid'> {
  const object = findPolicy(name);
  if (object === undefined) {
    return blocked(
      'RiskPolicyNotFound',
      `spec.riskPolicyRef: no RiskPolicy ${name} in this namespace; correct the name or create the policy`,
    );
  }
  const read = readRiskPolicySpec(object);
  return read.ok ? { ok: true, policy: policyOf(read.spec) } : blocked('RiskPolicyInvalid', `RiskPolicy ${name}: ${read.message}`);
}

/** The agent would refuse every signal of an instrument of whose lot the quantity is not a multiple. */
function offLotProblem(quantity: string | undefined, instruments: readonly InstrumentDefinition[]): string | undefined {
  if (quantity === undefined) return undefined;
  for (const definition of instruments) {
    const problem = problemOf(() => toQuantityLots(quantity, makeInstrument(definition)));
    if (problem !== undefined) return `spec.parameters.quantity, for ${definition.symbol}: ${problem}`;
  }
  return undefined;
}

/** Message of the operating error that `work` ends with. */
function problemOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof FlotillaError) return error.message;
    throw error;
  }
}
