/**
 * Pod template: what a Portfolio, a Strategy, a SignalSource or an installation may say about its pods. Small on purpose: size, place, pull
 * Secrets, labels and annotations. Nothing in it reaches the container, its security context, its identity or its environment.
 */
import { z } from 'zod';
import { objectName } from '../values/scalars.ts';
import type { CelRule } from './definition.ts';
import { type CrossRule, listMap, withRules } from './fields.ts';
import { CPU_PATTERN, MEMORY_PATTERN, quantityMillis } from './quantity.ts';

const ENTRIES_MAX = 16;
const KEY_PATTERN = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?[/])?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const VALUE_PATTERN = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

/** Prefixes of keys that Flotilla and Kubernetes give a meaning: selectors, policies and admission go by them. */
export const RESERVED_KEY_PREFIXES = ['flotilla.dev/', 'app.kubernetes.io/', 'pod-security.kubernetes.io/'] as const;
/** Annotations with which older container runtimes and admission plugins switched confinement off. */
export const RESERVED_ANNOTATION_PREFIXES = [
  'container.apparmor.security.beta.kubernetes.io/',
  'container.seccomp.security.alpha.kubernetes.io/',
  'seccomp.security.alpha.kubernetes.io/',
] as const;

const key = z.string().min(1).max(317).regex(KEY_PATTERN);
const labelValue = z.string().max(63).regex(VALUE_PATTERN);
const annotationValue = z
  .string()
  .max(1_024)
  .regex(/^[ -~]*$/);

/** A map with at most {@link ENTRIES_MAX} entries whose keys are those of labels. A CRD cannot check keys by pattern, so a rule does. */
function keyedMap(value: z.ZodString, reserved: readonly string[]): z.ZodRecord<z.ZodString, z.ZodString> {
  const rules: readonly (CelRule & { readonly holds: (key: string) => boolean })[] = [
    {
      rule: `self.all(k, k.size() <= 317 && k.matches('${KEY_PATTERN.source}'))`,
      message:
        'expected keys such as example.com/team: an optional domain, a slash, and at most 63 letters, digits, dots, hyphens or underscores',
      holds: (name) => name.length <= 317 && KEY_PATTERN.test(name),
    },
    ...(reserved.length === 0
      ? []
      : [
          {
            rule: `self.all(k, ${reserved.map((prefix) => `!k.startsWith('${prefix}')`).join(' && ')})`,
            message: `expected no key that begins with ${reserved.join(', ')}: Flotilla and Kubernetes give these keys a meaning`,
            holds: (name: string) => !reserved.some((prefix) => name.startsWith(prefix)),
          },
        ]),
  ];
  const bounded = z
    .record(z.string(), value)
    .refine((map) => Object.keys(map).length <= ENTRIES_MAX, { error: `at most ${ENTRIES_MAX} entries` });
  return rules
    .reduce((map, { holds, message }) => map.refine((entries) => Object.keys(entries).every(holds), { error: message }), bounded)
    .meta({ maxProperties: ENTRIES_MAX, 'x-kubernetes-validations': rules.map(({ rule, message }) => ({ rule, message })) });
}

/** A list that server-side apply replaces as a whole, as Kubernetes does with these fields. */
function wholeList<Item extends z.ZodType>(item: Item, itemsMax: number, itemsMin = 0): z.ZodArray<Item> {
  const list = z.array(item).max(itemsMax);
  return (itemsMin > 0 ? list.min(itemsMin) : list).meta({ 'x-kubernetes-list-type': 'atomic' });
}

const amounts = z.strictObject({
  cpu: z
    .string()
    .max(7)
    .regex(CPU_PATTERN)
    .optional()
    .describe('Processor time as text: cores, or thousandths of a core, for example 500m or "1".'),
  memory: z.string().max(14).regex(MEMORY_PATTERN).optional().describe('Memory as text, for example 512Mi.'),
});
type Amounts = z.infer<typeof amounts>;
const AMOUNT_PATTERNS: Readonly<Record<keyof Amounts, RegExp>> = { cpu: CPU_PATTERN, memory: MEMORY_PATTERN };

const fits = (name: keyof Amounts): CrossRule<{ readonly requests?: Amounts | undefined; readonly limits?: Amounts | undefined }> => ({
  cel: {
    rule: `!has(self.requests) || !has(self.limits) || !has(self.requests.${name}) || !has(self.limits.${name}) || quantity(self.requests.${name}).compareTo(quantity(self.limits.${name})) <= 0`,
    message: `expected requests.${name} to be at most limits.${name}`,
  },
  holds: ({ requests, limits }) => {
    const [request, limit] = [requests?.[name], limits?.[name]];
    // zod asks also about amounts that their own pattern refuses.
    const comparable = request !== undefined && limit !== undefined && [request, limit].every((text) => AMOUNT_PATTERNS[name].test(text));
    return !comparable || quantityMillis(request) <= quantityMillis(limit);
  },
});

const resources = withRules(
  z.strictObject({
    requests: amounts.optional().describe('Resources that the scheduler reserves for the pod.'),
    limits: amounts.optional().describe('Resources that the pod cannot exceed.'),
  }),
  [fits('cpu'), fits('memory')],
);

const toleration = withRules(
  z.strictObject({
    key: key.optional().describe('Key of the taint; absent with operator Exists: every taint.'),
    operator: z.enum(['Exists', 'Equal']).default('Equal').describe('Exists tolerates every value of the key. Equal compares the value.'),
    value: labelValue.optional().describe('Value of the taint, for the operator Equal.'),
    effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional().describe('Effect of the taint; absent: every effect.'),
    tolerationSeconds: z
      .int()
      .min(0)
      .max(86_400)
      .optional()
      .describe('Seconds for which a running pod tolerates a taint with the effect NoExecute; absent: for ever.'),
  }),
  [
    {
      cel: { rule: "has(self.key) || self.operator == 'Exists'", message: 'expected the operator Exists in a toleration without a key' },
      holds: ({ key: name, operator }) => name !== undefined || operator === 'Exists',
    },
    {
      cel: { rule: "self.operator != 'Exists' || !has(self.value)", message: 'expected no value with the operator Exists' },
      holds: ({ operator, value }) => operator !== 'Exists' || value === undefined,
    },
    {
      cel: {
        rule: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
        message: 'expected tolerationSeconds with the effect NoExecute alone',
      },
      holds: ({ tolerationSeconds, effect }) => tolerationSeconds === undefined || effect === 'NoExecute',
    },
  ],
);

const requirement = withRules(
  z.strictObject({
    key: key.describe('Key of the label.'),
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt']).describe('How the values are compared with the label.'),
    values: wholeList(labelValue, ENTRIES_MAX)
      .optional()
      .describe('Values: one or more for In and NotIn, one number for Gt and Lt, none for Exists and DoesNotExist.'),
  }),
  [
    {
      cel: {
        rule: "(self.operator in ['Exists', 'DoesNotExist']) == (!has(self.values) || self.values.size() == 0)",
        message: 'expected values with the operators that compare values, and none with Exists and DoesNotExist',
      },
      holds: ({ operator, values }) => ['Exists', 'DoesNotExist'].includes(operator) === (values === undefined || values.length === 0),
    },
    {
      cel: {
        rule: "!(self.operator in ['Gt', 'Lt']) || (has(self.values) && self.values.size() == 1 && self.values[0].matches('^[0-9]{1,15}$'))",
        message: 'expected one whole number as the value of Gt and Lt',
      },
      holds: ({ operator, values }) => !['Gt', 'Lt'].includes(operator) || (values?.length === 1 && /^[0-9]{1,15}$/.test(values[0] ?? '')),
    },
  ],
);

const nodeTerm = z.strictObject({
  matchExpressions: wholeList(requirement, 8, 1).describe('Requirements on the labels of a node; all have to hold.'),
});

const labelSelector = z.strictObject({
  matchLabels: keyedMap(labelValue, []).describe('Labels that a pod must have.'),
});

const topologyKey = key.describe(
  'Label of nodes whose value names the place, for example kubernetes.io/hostname or topology.kubernetes.io/zone.',
);

const podTerm = z.strictObject({
  topologyKey,
  labelSelector: labelSelector.describe('Pods of the same namespace that count.'),
});

const weight = z.int().min(1).max(100).describe('Weight of the preference.');

const podAffinity = z.strictObject({
  requiredDuringSchedulingIgnoredDuringExecution: wholeList(podTerm, 8).optional().describe('Terms that have to hold.'),
  preferredDuringSchedulingIgnoredDuringExecution: wholeList(
    z.strictObject({ weight, podAffinityTerm: podTerm.describe('Pods that count, and the kind of place.') }),
    8,
  )
    .optional()
    .describe('Terms that the scheduler prefers.'),
});

const affinity = z.strictObject({
  nodeAffinity: z
    .strictObject({
      requiredDuringSchedulingIgnoredDuringExecution: z
        .strictObject({ nodeSelectorTerms: wholeList(nodeTerm, 8, 1).describe('Terms of which one has to hold.') })
        .optional()
        .describe('Nodes on which the pod may run.'),
      preferredDuringSchedulingIgnoredDuringExecution: wholeList(
        z.strictObject({ weight, preference: nodeTerm.describe('Requirements on the labels of a preferred node.') }),
        8,
      )
        .optional()
        .describe('Nodes that the scheduler prefers.'),
    })
    .optional()
    .describe('Attraction to nodes by their labels.'),
  podAffinity: podAffinity.optional().describe('Attraction to places where certain pods run.'),
  podAntiAffinity: podAffinity.optional().describe('Repulsion from places where certain pods run.'),
});

const topologySpreadConstraint = z.strictObject({
  topologyKey,
  maxSkew: z.int().min(1).max(100).default(1).describe('Largest difference in the number of pods between two places.'),
  whenUnsatisfiable: z
    .enum(['DoNotSchedule', 'ScheduleAnyway'])
    .default('ScheduleAnyway')
    .describe('DoNotSchedule: the pod waits for a fitting place. ScheduleAnyway: the scheduler prefers fitting places.'),
  labelSelector: labelSelector
    .optional()
    .describe('Pods of the same namespace that count. Default: pods of the same component, for example every exec of the namespace.'),
});

export const podTemplateSchema = z.strictObject({
  resources: resources
    .optional()
    .describe('CPU and memory of the pod. Default: requests of 20m and 96Mi, a memory limit of 512Mi and no CPU limit.'),
  nodeSelector: keyedMap(labelValue, []).optional().describe('Labels that a node must have.'),
  tolerations: wholeList(toleration, ENTRIES_MAX)
    .optional()
    .describe(
      'Taints that the pod tolerates. A lost node is a taint too: unless the list names node.kubernetes.io/not-ready and node.kubernetes.io/unreachable, the pod leaves such a node after 10 seconds, an agent after 300.',
    ),
  affinity: affinity.optional().describe('Attraction to nodes and to other pods, as in a Pod.'),
  topologySpreadConstraints: listMap(topologySpreadConstraint, ['topologyKey', 'whenUnsatisfiable'], 4)
    .optional()
    .describe('Spread of pods over nodes and zones.'),
  imagePullSecrets: listMap(z.strictObject({ name: objectName.describe('Name of the Secret, in the same namespace.') }), ['name'], 8)
    .optional()
    .describe('Secrets with registry credentials, beside those of the installation.'),
  labels: keyedMap(labelValue, RESERVED_KEY_PREFIXES).optional().describe('More labels of the pod. Flotilla’s own labels cannot be set.'),
  annotations: keyedMap(annotationValue, [...RESERVED_KEY_PREFIXES, ...RESERVED_ANNOTATION_PREFIXES])
    .optional()
    .describe('More annotations of the pod. Flotilla’s own annotations cannot be set.'),
});
export type PodTemplate = z.infer<typeof podTemplateSchema>;
