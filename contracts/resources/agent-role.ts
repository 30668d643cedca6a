/** AgentRole: what the agents of some Strategies may do less than every agent may, and which hosts outside they reach. */
import { z } from 'zod';
import { ADDRESS_RANGE_PATTERN, overlap, parseAddressRange } from '../values/address-range.ts';
import { objectName, token } from '../values/scalars.ts';
import {
  ageColumn,
  messageColumn,
  nameRule,
  readyColumn,
  reasonColumn,
  type ResourceDefinition,
  type ResourceObject,
} from './definition.ts';
import { type CrossRule, freeText, listMap, listSet, statusShape, withRules } from './fields.ts';

/** Each venue with each instrument is one subject of the filter of the agent's consumer. */
const VENUES_MAX = 8;
const INSTRUMENTS_MAX = 64;
const HOSTS_MAX = 32;
const PORTS_MAX = 16;
/** Strategies that a status names. */
export const ROLE_USERS_MAX = 64;

/** A host is an address or a small network; a wider range would be a part of the internet. */
const PREFIX_MIN = { 4: 16, 6: 48 } as const;

/**
 * Ranges that no role opens: link-local addresses, the metadata services of clouds, which give their callers the credentials of the node, and IPv6
 * addresses that are translated to IPv4 (RFC 6052).
 */
export const CLOSED_RANGES = [
  '169.254.0.0/16',
  'fe80::/10',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
  '64:ff9b::/96',
] as const;
const closed = CLOSED_RANGES.flatMap((text) => parseAddressRange(text) ?? []);

const isRange: CrossRule<string> = {
  cel: {
    rule: 'isCIDR(self) && cidr(self) == cidr(self).masked()',
    message: 'expected a range of addresses without bits behind its prefix, for example 203.0.113.7/32 or 203.0.113.0/24',
  },
  holds: (text) => parseAddressRange(text) !== undefined,
};
const isNarrow: CrossRule<string> = {
  cel: {
    rule: `!isCIDR(self) || cidr(self).prefixLength() >= (cidr(self).ip().family() == 4 ? ${PREFIX_MIN[4]} : ${PREFIX_MIN[6]})`,
    message: `too wide: expected a prefix of at least /${PREFIX_MIN[4]} for IPv4 and /${PREFIX_MIN[6]} for IPv6; name the hosts themselves`,
  },
  holds: (text) => {
    const range = parseAddressRange(text);
    return range === undefined || range.prefixLength >= PREFIX_MIN[range.family];
  },
};
const isOpen: CrossRule<string> = {
  cel: {
    rule: `!isCIDR(self) || ![${CLOSED_RANGES.map((range) => `'${range}'`).join(', ')}].exists(one, cidr(one).containsCIDR(cidr(self)) || cidr(self).containsCIDR(cidr(one)))`,
    message: 'link-local addresses and the metadata services of clouds cannot be opened',
  },
  holds: (text) => {
    const range = parseAddressRange(text);
    return range === undefined || !closed.some((one) => overlap(one, range));
  },
};

const hostSchema = z.strictObject({
  cidr: withRules(z.string().min(4).max(43).regex(ADDRESS_RANGE_PATTERN), [isRange, isNarrow, isOpen]).describe(
    'Range of addresses, for example 203.0.113.7/32. A NetworkPolicy knows no host names. Link-local addresses, metadata services of clouds and ranges wider than /16 (IPv6: /48) are refused.',
  ),
  ports: z
    .array(z.int().min(1).max(65_535))
    .min(1)
    .max(PORTS_MAX)
    .refine((ports) => new Set(ports).size === ports.length, { error: 'expected no item twice' })
    .meta({ 'x-kubernetes-list-type': 'set' })
    .describe('TCP ports of the hosts.'),
  purpose: freeText(256).describe('Reason why the agent needs the hosts, for people who review the role.'),
});

export const publicationsSchema = z.enum(['Deliver', 'Proposals', 'Quarantine', 'Nothing']);

export const agentRoleSpecSchema = z
  .strictObject({
    signals: z
      .strictObject({
        venues: listSet(token, VENUES_MAX, 1)
          .optional()
          .describe(
            'Venues whose signals the agent may consume. Default: every venue. The filter of the consumer of the agent enforces the list.',
          ),
        instruments: listSet(token, INSTRUMENTS_MAX, 1)
          .optional()
          .describe(
            'Instruments that a Strategy of this role may name. Default: every instrument. A Strategy that names another instrument is Stalled, and no agent runs for it.',
          ),
      })
      .optional()
      .describe('Signals that the agent may consume. Default: those of the instruments of the Strategy.'),
    publications: publicationsSchema
      .default('Deliver')
      .describe(
        'Where the decisions of the agent go. Deliver: to exec. Proposals: the bus stores proposals and refuses intents, so the agent shows what it would do and trades nothing. Quarantine: to the stream QUARANTINE, which exec does not read; the audit log keeps them as evidence. Nothing: the bus refuses them.',
      ),
    onLeak: z
      .enum(['Pause', 'Alert'])
      .default('Pause')
      .describe(
        'Action of the operator when a probe shows that the agent can reach what it must not reach: at the bus, at the API server or in the network. Pause: the agent is stopped, and exec takes only orders that reduce, until a person resumes the Strategy. Alert: the agent goes on. Either way the condition PermissionsEnforced, the audit log and an alert tell of the leak. Strategies without a role are paused.',
      ),
    hosts: listMap(hostSchema, ['cidr'], HOSTS_MAX)
      .optional()
      .describe(
        'Hosts outside that the agent may open connections to, beside the bus and the collector of traces. By default the agent reaches no host outside. The NetworkPolicy of the agent enforces the list.',
      ),
  })
  .describe('Limits of the agents whose Strategies name the role.');
export type AgentRoleSpec = z.infer<typeof agentRoleSpecSchema>;
export type Publications = AgentRoleSpec['publications'];
export type AgentHost = NonNullable<AgentRoleSpec['hosts']>[number];

export const agentRoleStatusSchema = z
  .strictObject({
    ...statusShape,
    strategyCount: z.int().min(0).max(100_000).optional().describe('Number of Strategies that name this role.'),
    refusedCount: z
      .int()
      .min(0)
      .max(100_000)
      .optional()
      .describe('Number of Strategies that name this role and an instrument that the role does not allow.'),
    usedBy: listMap(
      z.strictObject({
        name: objectName.describe('Name of the Strategy.'),
        allowed: z
          .enum(['Yes', 'No'])
          .describe('Yes: the role allows every instrument of the Strategy. No: the Strategy is Stalled, and no agent runs for it.'),
      }),
      ['name'],
      ROLE_USERS_MAX,
    )
      .optional()
      .describe(`Strategies that name this role, at most ${ROLE_USERS_MAX} of strategyCount. Those that the role refuses come first.`),
  })
  .describe('Strategies that name the role.');
export type AgentRoleStatus = z.infer<typeof agentRoleStatusSchema>;
export type AgentRole = ResourceObject<AgentRoleSpec, AgentRoleStatus>;

export const agentRoleResource = {
  kind: 'AgentRole',
  plural: 'agentroles',
  singular: 'agentrole',
  shortNames: ['arole'],
  scope: 'Namespaced',
  description: 'Limits what the agents of Strategies may consume, publish and reach.',
  spec: agentRoleSpecSchema,
  status: agentRoleStatusSchema,
  rules: [nameRule],
  printerColumns: [
    {
      name: 'Publications',
      type: 'string',
      jsonPath: '.spec.publications',
      description: 'Where the decisions of the agents go: Deliver, Proposals, Quarantine or Nothing.',
      priority: 0,
    },
    {
      name: 'Strategies',
      type: 'integer',
      jsonPath: '.status.strategyCount',
      description: 'Number of Strategies that name the role.',
      priority: 0,
    },
    {
      name: 'Refused',
      type: 'integer',
      jsonPath: '.status.refusedCount',
      description: 'Number of Strategies with an instrument that the role does not allow.',
      priority: 0,
    },
    {
      name: 'Instruments',
      type: 'string',
      jsonPath: '.spec.signals.instruments',
      description: 'Instruments that the Strategies may name; empty for every instrument.',
      priority: 1,
    },
    readyColumn,
    reasonColumn,
    messageColumn,
    ageColumn,
  ],
} as const satisfies ResourceDefinition;
