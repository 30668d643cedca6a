/** Objects that a pod's environment and volumes name, as one read found them. */
export interface ObjectSource {
  /** Undefined when it does not exist. Values are bytes. */
  configMap(name: string): Readonly<Record<string, Uint8Array>> | undefined;
  secret(name: string): Readonly<Record<string, Uint8Array>> | undefined;
}

/** A container cannot start until a user changes an object. The reason becomes the waiting reason in the container's status. */
export class ContainerBlocked extends Error {
  override readonly name = 'ContainerBlocked';
  readonly reason: string;

  constructor(reason: 'CreateContainerConfigError' | 'ContainerCreating' | 'CreateContainerError', message: string) {
    super(message);
    this.reason = reason;
  }
}
