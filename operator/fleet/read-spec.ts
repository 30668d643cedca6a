/**
 * Reads the specs of our kinds as another version may have written them. The API server has checked each spec against the CRD that is
 * installed, which may be the CRD of a later version.
 */
import { readRecord } from '@flotilla/contracts/records/read-record.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { type PortfolioSpec, portfolioSpecSchema } from '@flotilla/contracts/resources/portfolio.ts';
import { type RiskPolicySpec, riskPolicySpecSchema } from '@flotilla/contracts/resources/risk-policy.ts';
import { type SignalSourceSpec, signalSourceSpecSchema } from '@flotilla/contracts/resources/signal-source.ts';
import { type StrategySpec, strategySpecSchema } from '@flotilla/contracts/resources/strategy.ts';
import type { z } from 'zod';
import { type Blocked, blocked } from './blocked.ts';

export interface UnderstoodSpec<Spec> {
  readonly ok: true;
  readonly spec: Spec;
  /** Fields that this build does not know, `spec.venue.colour`; the status names them. */
  readonly unknownFields: readonly string[];
}

type SpecOf = Pick<ResourceObject, 'spec'>;

export function readPortfolioSpec(object: SpecOf): UnderstoodSpec<PortfolioSpec> | Blocked<'SpecInvalid'> {
  return readSpec(portfolioSpecSchema, object);
}

export function readStrategySpec(object: SpecOf): UnderstoodSpec<StrategySpec> | Blocked<'SpecInvalid'> {
  return readSpec(strategySpecSchema, object);
}

export function readRiskPolicySpec(object: SpecOf): UnderstoodSpec<RiskPolicySpec> | Blocked<'SpecInvalid'> {
  return readSpec(riskPolicySpecSchema, object);
}

export function readSignalSourceSpec(object: SpecOf): UnderstoodSpec<SignalSourceSpec> | Blocked<'SpecInvalid'> {
  return readSpec(signalSourceSpecSchema, object);
}

/** Acknowledgements are for the API server, which has judged them. An acknowledgement that this build cannot read must stop nothing. */
const ACKNOWLEDGEMENTS: readonly string[] = ['acknowledgedLoosening', 'acknowledgedPolicyChange'];

function readSpec<Schema extends z.ZodType>(schema: Schema, { spec }: SpecOf): UnderstoodSpec<z.output<Schema>> | Blocked<'SpecInvalid'> {
  const read = readRecord(schema, withoutAcknowledgements(spec));
  if (!read.ok) return blocked('SpecInvalid', `spec: ${read.problem}`);
  return { ok: true, spec: read.value, unknownFields: read.unknownFields.map((path) => `spec.${path}`) };
}

function withoutAcknowledgements(spec: unknown): unknown {
  if (typeof spec !== 'object' || spec === null) return spec;
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !ACKNOWLEDGEMENTS.includes(name)));
}
