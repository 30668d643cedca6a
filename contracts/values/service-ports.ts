/**
 * Default HTTP ports of the services.
 *
 * The gateway alone has two: webhooks arrive at `gateway`, which is open to every client; health and metrics are served at `gatewayHealth`
 * (setting `HEALTH_PORT`), which the kubelet and the monitoring namespaces alone reach. Every other service serves health and metrics at its
 * one port.
 */
export const SERVICE_PORTS = {
  gateway: 8001,
  agents: 8002,
  operator: 8003,
  exec: 8004,
  audit: 8005,
  gatewayHealth: 8006,
  callout: 8007,
} as const;
