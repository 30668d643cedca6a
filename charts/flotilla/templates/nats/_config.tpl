{{- define "flotilla.natsConfig" -}}
{{- $root := index . 0 }}{{ $credentials := index . 1 }}{{ $nats := $root.Values.nats -}}
server_name: $POD_NAME
listen: 0.0.0.0:4222
http: 0.0.0.0:8222
pid_file: /run/nats/nats.pid
max_payload: 1MB
lame_duck_duration: 30s
lame_duck_grace_period: 5s
jetstream: {
  store_dir: /data
  sync_interval: {{ $nats.syncInterval }}
  max_file_store: {{ $nats.storage.maxFileStore }}
}
# Whose claims the servers trust, and where they keep the claims of accounts: from a Secret.
include identity.conf
{{- if gt (int $nats.replicas) 1 }}
cluster: {
  name: flotilla
  listen: 0.0.0.0:6222
  no_advertise: true
  authorization: { user: {{ $credentials.natsCluster.user }}, password: $NATS_CLUSTER_PASSWORD }
  routes: [
    {{- range $index := until (int $nats.replicas) }}
    $NATS_ROUTE_{{ $index }}
    {{- end }}
  ]
}
{{- end }}
{{- end }}
