/**
 * The label of a Secret that a SignalSource may mount, for the operator, the command line and examples. A person
 * who may write SignalSources shall not reach other Secrets through the gateway. Only a person who may write the Secret can set the label. Pure.
 */

export const MOUNTABLE_LABEL = { name: 'flotilla.dev/mountable-by', value: 'signal-source' } as const;

interface Labelled {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
}

export function isMountable({ metadata }: Labelled): boolean {
  return metadata.labels?.[MOUNTABLE_LABEL.name] === MOUNTABLE_LABEL.value;
}

/** The arguments of kubectl that label a Secret. */
export function labelSecretArguments(namespace: string, secret: string): readonly string[] {
  return ['label', 'secret', secret, '--namespace', namespace, `${MOUNTABLE_LABEL.name}=${MOUNTABLE_LABEL.value}`];
}
