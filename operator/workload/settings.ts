/** What the operator hands to every pod that it starts. */
export interface WorkloadSettings {
  /** The tenant namespace. */
  readonly namespace: string;
  readonly image: string;
  readonly natsUrl: string;
  readonly redisUrl: string;
  readonly logLevel: string;
  readonly revision: string;
  readonly otlpEndpoint: string | undefined;
  /** The gateway's Service is a NodePort on it; a ClusterIP when undefined. */
  readonly gatewayNodePort: number | undefined;
}
