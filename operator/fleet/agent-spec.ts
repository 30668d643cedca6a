/**
 * Everything that an agent runs, as one value. Two equal values are the same revision.
 *
 * The Deployment carries the whole value, so that the operator can make the manifest of an old revision again, and put it back when a person
 * edits the Deployment, although the Strategy already describes the next revision.
 */
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import { sha256 } from '@flotilla/contracts/values/ids.ts';
import { instrumentDefinitionSchema } from '@flotilla/contracts/money/instrument.ts';
import { readRecordBytes } from '@flotilla/contracts/records/read-record.ts';
import { token } from '@flotilla/contracts/values/scalars.ts';
import { z } from 'zod';
import type { KubeObject } from '@flotilla/kube/mod.ts';
import type { WorkloadSettings } from '../workload/settings.ts';
import type { ResolvedStrategy } from './resolve-strategy.ts';

/** Annotation of the agent's Deployment that holds the value. */
export const AGENT_SPEC_ANNOTATION = 'flotilla.dev/agent-spec';
/** Digits of a revision: enough that two revisions of one Strategy never share a name. */
const REVISION_DIGITS = 16;

const agentSpecSchema = z.strictObject({
  /** Name of a built-in agent of the build that wrote the value. */
  agent: token,
  parameters: z.record(z.string(), z.unknown()),
  /** By symbol. */
  instruments: z.array(instrumentDefinitionSchema),
  image: z.string(),
  /** Revision of the code in the image. */
  build: z.string(),
});
export type AgentSpec = z.infer<typeof agentSpecSchema>;

export function agentSpecOf(
  { agent, spec, instruments }: Pick<ResolvedStrategy, 'agent' | 'spec' | 'instruments'>,
  settings: Pick<WorkloadSettings, 'image' | 'revision'>,
): AgentSpec {
  return {
    agent,
    parameters: spec.parameters,
    instruments: [...instruments].sort((a, b) => (a.symbol < b.symbol ? -1 : 1)),
    image: settings.image,
    build: settings.revision,
  };
}

/** The name under which exec takes its orders. */
export function revisionOf(spec: AgentSpec): string {
  return sha256(canonicalJson(spec)).slice(0, REVISION_DIGITS);
}

/**
 * The agent that a Deployment runs; undefined without a Deployment, or when its annotation is missing or unreadable. Fields of another version are kept,
 * so that the revision stays.
 */
export function deployedSpecOf(deployment: KubeObject | undefined): AgentSpec | undefined {
  const text = deployment?.metadata.annotations?.[AGENT_SPEC_ANNOTATION];
  if (text === undefined) return undefined;
  const read = readRecordBytes(agentSpecSchema, Buffer.from(text));
  return read.ok ? read.value : undefined;
}
