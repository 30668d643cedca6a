{{/* One line for each thing that is wrong: field, expected, found, what to do. */}}
{{- define "flotilla.problems" -}}
{{- $nats := .Values.nats }}{{ $redis := .Values.redis }}{{ $operator := .Values.operator }}
{{- if and $nats.enabled $nats.url }}
  nats.url: expected none while the chart runs the bus, found {{ $nats.url }}: set nats.enabled=false to use your own
{{- end }}
{{- if and (not $nats.enabled) (not $nats.url) }}
  nats.url: expected the address of your bus because nats.enabled=false, found none: set nats.url=nats://host:4222
{{- end }}
{{- if and $redis.enabled $redis.url }}
  redis.url: expected none while the chart runs the store, found {{ $redis.url }}: set redis.enabled=false to use your own
{{- end }}
{{- if and (not $redis.enabled) (not $redis.url) }}
  redis.url: expected the address of your store because redis.enabled=false, found none: set redis.url=redis://host:6379
{{- end }}
{{- if and $nats.enabled (gt (int $nats.streamReplicas) (int $nats.replicas)) }}
  nats.streamReplicas: expected at most nats.replicas ({{ $nats.replicas }}), found {{ $nats.streamReplicas }}: a stream has one copy per server at most
{{- end }}
{{- if and (gt (int $operator.replicas) 1) (not $operator.leaderElection) }}
  operator.leaderElection: expected true with {{ $operator.replicas }} replicas, found false: two operators that both act would undo each other's work
{{- end }}
{{- if and .Values.networkPolicies.enabled (not (include "flotilla.apiServerReach" . | fromJsonArray)) }}
  networkPolicies.apiServer.cidrs: expected the addresses of the API server, found none and no cluster to ask: set them to the endpoints that this command shows: kubectl get endpointslices --namespace default --selector kubernetes.io/service-name=kubernetes
{{- end }}
{{- $tenants := .Values.tenants }}
{{- $ways := add (ternary 1 0 (not (empty $tenants.namespaces))) (ternary 1 0 (not (empty $tenants.matchLabels))) (ternary 1 0 $tenants.all) }}
{{- if gt (int $ways) 1 }}
  tenants: expected one of namespaces, matchLabels and all, found {{ $ways }}: keep the one that says which namespaces the operator serves
{{- end }}
{{- if and $tenants.all (eq $tenants.reads "Namespace") }}
  tenants.reads: expected Cluster with tenants.all=true, found Namespace: an operator that does not read a namespace cannot find its objects; name the namespaces or their labels
{{- end }}
{{- if has .Release.Namespace $tenants.namespaces }}
  tenants.namespaces: expected other namespaces than {{ .Release.Namespace }}, because the operator serves its own in any case: remove it from the list
{{- end }}
{{- if gt (len .Release.Namespace) 40 }}
  namespace: expected at most 40 characters, because names of cluster-wide objects carry it, found {{ len .Release.Namespace }}: install into another one
{{- end }}
{{- if eq .Values.profile "durable" }}{{ include "flotilla.durableProblems" . }}{{ end }}
{{- end }}

{{- define "flotilla.durableProblems" -}}
{{- $nats := .Values.nats }}{{ $redis := .Values.redis }}{{ $operator := .Values.operator }}
{{- if $nats.enabled }}
{{- if lt (int $nats.replicas) 3 }}
  nats.replicas: profile durable expects at least 3, found {{ $nats.replicas }}: one server is one disk; set nats.replicas=3
{{- end }}
{{- if ne $nats.syncInterval "always" }}
  nats.syncInterval: profile durable expects always, found {{ $nats.syncInterval }}: the bus would acknowledge what is not on a disk, and a power failure would lose it; set nats.syncInterval=always
{{- end }}
{{- if not $nats.storage.enabled }}
  nats.storage.enabled: profile durable expects true, found false: orders and fills would die with the pods; set nats.storage.enabled=true
{{- end }}
{{- if ne $nats.spread "Required" }}
  nats.spread: profile durable expects Required, found {{ $nats.spread }}: several copies on one node are lost with it; set nats.spread=Required
{{- end }}
{{- if not $nats.podDisruptionBudget }}
  nats.podDisruptionBudget: profile durable expects true, found false: a drain of nodes may take the majority of the servers; set nats.podDisruptionBudget=true
{{- end }}
{{- end }}
{{- if lt (int $nats.streamReplicas) 3 }}
  nats.streamReplicas: profile durable expects at least 3, found {{ $nats.streamReplicas }}: a stream with fewer copies does not survive the loss of a disk; set nats.streamReplicas=3
{{- end }}
{{- if and $redis.enabled (not $redis.storage.enabled) }}
  redis.storage.enabled: profile durable expects true, found false: used nonces would be forgotten, and a webhook could be replayed; set redis.storage.enabled=true
{{- end }}
{{- if lt (int $operator.replicas) 2 }}
  operator.replicas: profile durable expects at least 2, found {{ $operator.replicas }}: a halt would wait for a pod to be scheduled; set operator.replicas=2
{{- end }}
{{- if not $operator.podDisruptionBudget }}
  operator.podDisruptionBudget: profile durable expects true, found false: a drain of nodes may take every operator; set operator.podDisruptionBudget=true
{{- end }}
{{- if lt (int .Values.callout.replicas) 2 }}
  callout.replicas: profile durable expects at least 2, found {{ .Values.callout.replicas }}: a pod that restarts could not connect to the bus while the only callout is away; set callout.replicas=2
{{- end }}
{{- if not .Values.callout.podDisruptionBudget }}
  callout.podDisruptionBudget: profile durable expects true, found false: a drain of nodes may take every callout; set callout.podDisruptionBudget=true
{{- end }}
{{- if not .Values.networkPolicies.enabled }}
  networkPolicies.enabled: profile durable expects true, found false: bus and store would be open to every pod of the cluster; set networkPolicies.enabled=true
{{- end }}
{{- if .Values.networkPolicies.enabled }}
{{- $api := .Values.networkPolicies.apiServer.cidrs }}
{{- if not $api }}
  networkPolicies.apiServer.cidrs: profile durable expects addresses of the API server, found none: those that helm would look up now are wrong when the control plane is replaced, and the operator could engage no halt; set them to a range that covers its later nodes too
{{- end }}
{{- $ranges := concat $api .Values.networkPolicies.externalCidrs }}
{{- range .Values.networkPolicies.hostPeers }}{{ range . }}{{ $ranges = append $ranges (dig "ipBlock" "cidr" "" .) }}{{ end }}{{ end }}
{{- range $cidr := $ranges }}
{{- if hasSuffix "/0" $cidr }}
  networkPolicies: profile durable expects narrow address ranges, found {{ $cidr }}: a workload that was taken over could send data to every address; name the ranges of the API server, and of bus, store and collector
{{- end }}
{{- end }}
{{- range $field, $url := dict "nats.url" $nats.url "redis.url" $redis.url "otlpEndpoint" .Values.otlpEndpoint }}
{{- if and $url (not (include "flotilla.peersOf" (list $ $url))) }}
  networkPolicies.externalCidrs: profile durable expects the addresses of {{ $field }}, found none: NetworkPolicies know no host names, so its port would be open to every address; set networkPolicies.externalCidrs or networkPolicies.hostPeers
{{- end }}
{{- end }}
{{- end }}
{{- range $role := list "control" "trading" "agents" }}
{{- if not (include "flotilla.priorityClass" (list $ $role)) }}
  priorityClasses.{{ $role }}: profile durable expects a priority class, found none: other workloads could evict these pods; set priorityClasses.create=true or name a class
{{- end }}
{{- end }}
{{- if not .Values.audit.signingKeySecret }}
  audit.signingKeySecret: profile durable expects a Secret, found none: whoever can change the log could sign it anew; set audit.signingKeySecret=flotilla-audit-signing-key
{{- end }}
{{- if and (not .Values.image.digest) (has (include "flotilla.tag" .) (list "latest" "dev" "main")) }}
  image.tag: profile durable expects a fixed version, found {{ include "flotilla.tag" . }}: a restarted agent could run other code than the one before it; set image.tag or image.digest
{{- end }}
{{- end }}
