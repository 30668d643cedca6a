{{/* Labels of everything in the chart; "component" tells the parts apart. Takes a list: root, component. */}}
{{- define "flotilla.labels" -}}
{{- $root := index . 0 }}{{ $component := index . 1 -}}
{{ include "flotilla.selector" . }}
app.kubernetes.io/part-of: flotilla
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* The part that never changes. */}}
{{- define "flotilla.selector" -}}
{{- $component := index . 1 -}}
app.kubernetes.io/name: flotilla-{{ $component }}
app.kubernetes.io/component: {{ $component }}
app.kubernetes.io/instance: flotilla-{{ $component }}
{{- end }}

{{/* Labels of pods: without the chart's version, which would restart them at every upgrade. */}}
{{- define "flotilla.podLabels" -}}
{{ include "flotilla.selector" . }}
app.kubernetes.io/part-of: flotilla
{{- end }}

{{- define "flotilla.tag" -}}
{{- .Values.image.tag | default .Chart.AppVersion -}}
{{- end }}

{{- define "flotilla.image" -}}
{{- if .Values.image.digest -}}{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}{{ .Values.image.repository }}:{{ include "flotilla.tag" . }}
{{- end -}}
{{- end }}

{{/* Of a server: takes its image values. */}}
{{- define "flotilla.serverImage" -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{ else -}}{{ .repository }}:{{ .tag }}{{ end -}}
{{- end }}

{{/* What pods tell of themselves in events and traces. Not the chart's version: an upgrade of the chart alone restarts no agent. */}}
{{- define "flotilla.revision" -}}
{{- if .Values.image.digest -}}{{ .Values.image.digest | trimPrefix "sha256:" | trunc 12 }}{{ else -}}{{ include "flotilla.tag" . | trunc 63 }}{{ end -}}
{{- end }}

{{- define "flotilla.natsUrl" -}}
{{- if .Values.nats.enabled -}}nats://flotilla-nats.{{ .Release.Namespace }}.svc:4222{{ else -}}{{ .Values.nats.url }}{{ end -}}
{{- end }}

{{- define "flotilla.redisUrl" -}}
{{- if .Values.redis.enabled -}}redis://flotilla-redis.{{ .Release.Namespace }}.svc:6379{{ else -}}{{ .Values.redis.url }}{{ end -}}
{{- end }}

{{/* Cluster-wide objects carry the namespace: those of one that was deleted without an uninstall are in nobody’s way. */}}
{{- define "flotilla.clusterName" -}}
{{- $root := index . 0 -}}
{{ printf "flotilla-%s-%s" (index . 1) $root.Release.Namespace }}
{{- end }}

{{/* Name of the priority class for a role (control, trading, agents), or nothing. */}}
{{- define "flotilla.priorityClass" -}}
{{- $root := index . 0 }}{{ $role := index . 1 }}{{ $named := get $root.Values.priorityClasses $role -}}
{{- if $named }}{{ $named }}{{ else if $root.Values.priorityClasses.create }}{{ include "flotilla.clusterName" . }}{{ end -}}
{{- end }}

{{/* Namespaces that the operator serves beside its own, as a selector of a NetworkPolicy, as JSON; empty: none. */}}
{{- define "flotilla.tenantSelector" -}}
{{- $tenants := .Values.tenants -}}
{{- if $tenants.all -}}
{}
{{- else if $tenants.matchLabels -}}
{{- dict "matchLabels" $tenants.matchLabels | toJson -}}
{{- else if $tenants.namespaces -}}
{{- dict "matchExpressions" (list (dict "key" "kubernetes.io/metadata.name" "operator" "In" "values" $tenants.namespaces)) | toJson -}}
{{- end -}}
{{- end }}

{{/* Environment variables that say which namespaces the operator serves beside its own, as YAML; empty: none. */}}
{{- define "flotilla.tenantVariables" -}}
{{- $tenants := .Values.tenants -}}
{{- if $tenants.all -}}
- { name: FLOTILLA_TENANT_NAMESPACES, value: "*" }
{{- else if $tenants.matchLabels -}}
{{- $parts := list }}{{ range $key, $value := $tenants.matchLabels }}{{ $parts = append $parts (printf "%s=%s" $key $value) }}{{ end -}}
- { name: FLOTILLA_TENANT_SELECTOR, value: {{ join "," $parts | quote }} }
{{- else if $tenants.namespaces -}}
- { name: FLOTILLA_TENANT_NAMESPACES, value: {{ join "," $tenants.namespaces | quote }} }
{{- end -}}
{{- end }}
