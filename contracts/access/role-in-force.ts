/** Decides which AgentRole holds for a Strategy. The operator and the command line use the same function. Pure. */
import { readRecord } from '../records/read-record.ts';
import { type AgentRoleSpec, agentRoleSpecSchema } from '../resources/agent-role.ts';
import type { ResourceObject } from '../resources/definition.ts';

/** Instruments that a message names. */
const INSTRUMENTS_NAMED_MAX = 8;

/** The role that a Strategy names. Without a name the built-in SignalAgent holds, which is `undefined` here. */
export type RoleInForce = { readonly ok: true; readonly name: string; readonly spec: AgentRoleSpec } | RefusedRole;

/** The Strategy cannot run under the role. Its agent publishes nothing. */
export interface RefusedRole {
  readonly ok: false;
  readonly name: string;
  readonly reason: 'AgentRoleNotFound' | 'AgentRoleInvalid' | 'InstrumentNotAllowed';
  readonly message: string;
}

/** What the role looks at in a Strategy, whose spec may be of another version. */
export interface RoleUser {
  readonly agentRoleRef?: { readonly name?: unknown } | undefined;
  readonly instruments?: unknown;
}

export type FindRole = (name: string) => Pick<ResourceObject, 'spec'> | undefined;

/** Undefined: the Strategy names no role. */
export function roleInForce({ agentRoleRef, instruments }: RoleUser, findRole: FindRole): RoleInForce | undefined {
  if (agentRoleRef === undefined) return undefined;
  const name = typeof agentRoleRef.name === 'string' ? agentRoleRef.name : '';
  const refuse = (reason: RefusedRole['reason'], message: string): RefusedRole => ({ ok: false, name, reason, message });
  const object = findRole(name);
  if (object === undefined) {
    return refuse('AgentRoleNotFound', `spec.agentRoleRef: no AgentRole ${name} in this namespace; correct the name or create the role`);
  }
  const read = readRecord(agentRoleSpecSchema, object.spec);
  if (!read.ok) return refuse('AgentRoleInvalid', `AgentRole ${name}: spec: ${read.problem}`);
  // A field that this build does not know may take rights away.
  if (read.unknownFields.length > 0) {
    return refuse(
      'AgentRoleInvalid',
      `AgentRole ${name}: this build cannot enforce spec.${read.unknownFields.join(', spec.')}; correct the spelling or upgrade the operator`,
    );
  }
  const foreign = foreignInstruments(read.value, instruments);
  if (foreign.length > 0) {
    const named = foreign.slice(0, INSTRUMENTS_NAMED_MAX).join(', ');
    return refuse(
      'InstrumentNotAllowed',
      `spec.instruments: AgentRole ${name} does not allow ${named} (spec.signals.instruments of the role)`,
    );
  }
  return { ok: true, name, spec: read.value };
}

function foreignInstruments({ signals }: AgentRoleSpec, instruments: unknown): readonly string[] {
  const allowed = signals?.instruments;
  if (allowed === undefined || !Array.isArray(instruments)) return [];
  return instruments.filter((one): one is string => typeof one === 'string' && !allowed.includes(one));
}
