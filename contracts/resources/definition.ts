/** The definition of a resource kind of the group `flotilla.dev`. The CRD generator (crds/) and the operator read the same definition. */
import type { z } from 'zod';

export const API_GROUP = 'flotilla.dev';
export const API_VERSION = 'v1alpha1';
export const API_GROUP_VERSION = `${API_GROUP}/${API_VERSION}`;
/** `kubectl get flotilla` lists every kind. */
export const CATEGORY = 'flotilla';

/**
 * Longest name of a Portfolio, Strategy or SignalSource: `agent-<portfolio>_<strategy>` has to be one subject token of 63 characters.
 */
export const NAME_LENGTH_MAX = 28;

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** 0: always shown; 1: with `-o wide`. */
  readonly priority: 0 | 1;
}

/** A CEL rule of `x-kubernetes-validations`; one with `oldSelf` is a transition rule and not evaluated at creation. */
export interface CelRule {
  readonly rule: string;
  /** Said when `messageExpression` is absent or cannot be evaluated. */
  readonly message: string;
  /** CEL that gives the message, so that it can name values. */
  readonly messageExpression?: string;
}

export interface ResourceDefinition<Spec extends z.ZodType = z.ZodType, Status extends z.ZodType = z.ZodType> {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
  readonly description: string;
  readonly spec: Spec;
  readonly status: Status;
  readonly printerColumns: readonly PrinterColumn[];
  /** Rules over the whole object: the only place where `metadata.name` is in sight. */
  readonly rules: readonly CelRule[];
}

/** Metadata as far as Flotilla reads it. */
export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An object of a kind; the spec is unknown until its schema has parsed it. */
export interface ResourceObject<Spec = unknown, Status = unknown> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata;
  readonly spec: Spec;
  readonly status?: Status;
}

/**
 * The name becomes a token of subjects and a prefix of Kubernetes names. The API server itself takes only lower-case letters, digits, hyphens
 * and dots; a pattern over a text without a bound would cost a quarter of what a rule may.
 */
export const nameRule: CelRule = {
  rule: `self.metadata.name.size() <= ${NAME_LENGTH_MAX} && !self.metadata.name.contains('.')`,
  message: `metadata.name must be at most ${NAME_LENGTH_MAX} lower-case letters, digits and hyphens, because it becomes part of bus subjects`,
};

export const readyColumn: PrinterColumn = {
  name: 'Ready',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].status',
  description: 'True when the object works as its spec says.',
  priority: 0,
};
export const reasonColumn: PrinterColumn = {
  name: 'Reason',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
  description: 'Reason of the condition Ready, in one word.',
  priority: 0,
};
export const messageColumn: PrinterColumn = {
  name: 'Message',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].message',
  description: 'Message of the condition Ready.',
  priority: 1,
};
export const ageColumn: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since creation.',
  priority: 0,
};
