/** Default HTTP ports of the services (health, metrics; the gateway's webhooks too). */
export const SERVICE_PORTS = { gateway: 8001, agents: 8002, operator: 8003, exec: 8004, audit: 8005 } as const;
