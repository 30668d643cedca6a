{{/*
Which credentials the job looks after. The keys of the bus are also needed with a bus of your own, which trusts them. Those of a store of your own,
and a signing key under a name of your own, are yours.
*/}}
{{- define "flotilla.credentialParts" -}}
{{- $parts := list "nats" -}}
{{- if .Values.redis.enabled }}{{ $parts = append $parts "redis" }}{{ end -}}
{{- $audit := (.Files.Get "files/credentials.json" | fromJson).auditKey -}}
{{- if eq .Values.audit.signingKeySecret $audit.name }}{{ $parts = append $parts "audit" }}{{ end -}}
{{- join "," $parts -}}
{{- end }}
