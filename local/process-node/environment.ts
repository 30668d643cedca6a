/** Computes the environment variables of a container, as the kubelet does. */
import { isUtf8 } from 'node:buffer';
import { expandVariables } from './expand-variables.ts';
import { fieldReference, type PodPlace } from './field-reference.ts';
import { ContainerBlocked, type ObjectSource } from './object-source.ts';
import type { Container, EnvFromSource, EnvVar, Pod } from './pod-types.ts';

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/**
 * The variables of a container: envFrom first, then env in order, each able to use the ones before it as `$(NAME)`.
 *
 * @throws ContainerBlocked when an object or key is missing and not optional, or when a value is not text.
 */
export function containerEnvironment(
  container: Container,
  pod: Pod,
  place: PodPlace,
  objects: ObjectSource,
  base: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const variables: Record<string, string> = { ...base };
  for (const source of container.envFrom ?? []) Object.assign(variables, fromSource(source, objects));
  for (const entry of container.env ?? []) {
    const value = entry.valueFrom === undefined ? expandVariables(entry.value ?? '', variables) : fromReference(entry, pod, place, objects);
    if (value !== undefined) variables[entry.name] = value;
  }
  return variables;
}

function fromSource(source: EnvFromSource, objects: ObjectSource): Readonly<Record<string, string>> {
  const selector = source.configMapRef ?? source.secretRef;
  if (selector === undefined) return {};
  const data = source.configMapRef === undefined ? objects.secret(selector.name) : objects.configMap(selector.name);
  if (data === undefined && selector.optional !== true)
    throw missing(source.configMapRef === undefined ? 'secret' : 'configmap', selector.name);
  return Object.fromEntries(
    Object.entries(data ?? {})
      .map(([key, value]) => [`${source.prefix ?? ''}${key}`, value] as const)
      .filter(([name]) => VARIABLE_NAME.test(name))
      .map(([name, value]) => [name, text(name, value)]),
  );
}

/** Undefined: optional and not there, so not set. */
function fromReference(entry: EnvVar, pod: Pod, place: PodPlace, objects: ObjectSource): string | undefined {
  const { secretKeyRef, configMapKeyRef, fieldRef } = entry.valueFrom ?? {};
  if (fieldRef !== undefined) {
    const value = fieldReference(fieldRef.fieldPath, pod, place);
    if (value === undefined) throw blocked(`${entry.name}: the process node knows no field ${fieldRef.fieldPath}`);
    return value;
  }
  const selector = secretKeyRef ?? configMapKeyRef;
  if (selector === undefined) throw blocked(`${entry.name}: the process node cannot resolve this valueFrom`);
  const kind = secretKeyRef === undefined ? 'configmap' : 'secret';
  const data = secretKeyRef === undefined ? objects.configMap(selector.name) : objects.secret(selector.name);
  const value = data?.[selector.key];
  if (value !== undefined) return text(entry.name, value);
  if (selector.optional === true) return undefined;
  throw data === undefined ? missing(kind, selector.name) : blocked(`couldn't find key ${selector.key} in ${kind} ${selector.name}`);
}

function missing(kind: string, name: string): ContainerBlocked {
  return blocked(`${kind} "${name}" not found`);
}

function blocked(message: string): ContainerBlocked {
  return new ContainerBlocked('CreateContainerConfigError', message);
}

/** An environment holds text without NUL. A kubelet hands the container to its runtime, and the runtime refuses. */
function text(name: string, value: Uint8Array): string {
  if (isUtf8(value) && !value.includes(0)) return Buffer.from(value).toString('utf8');
  throw new ContainerBlocked(
    'CreateContainerError',
    `variable ${name}: expected UTF-8 text without NUL, found ${value.byteLength} bytes that are not; mount the key as a file instead`,
  );
}
