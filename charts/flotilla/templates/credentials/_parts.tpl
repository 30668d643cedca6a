{{/* Which credentials the job looks after: those of a bus or store of your own, and a signing key under a name of your own, are yours. */}}
{{- define "flotilla.credentialParts" -}}
{{- $parts := list -}}
{{- if .Values.nats.enabled }}{{ $parts = append $parts "nats" }}{{ end -}}
{{- if .Values.redis.enabled }}{{ $parts = append $parts "redis" }}{{ end -}}
{{- $audit := (.Files.Get "files/credentials.json" | fromJson).auditKey -}}
{{- if eq .Values.audit.signingKeySecret $audit.name }}{{ $parts = append $parts "audit" }}{{ end -}}
{{- join "," $parts -}}
{{- end }}
