{{/* Egress rules to the API server. */}}
{{- define "flotilla.egressToApiServer" -}}
{{- $api := .Values.networkPolicies.apiServer -}}
- ports:
  {{- range $api.ports }}
    - { protocol: TCP, port: {{ . }} }
  {{- end }}
  {{- with $api.cidrs }}
  to:
  {{- range . }}
    - ipBlock: { cidr: {{ . | quote }} }
  {{- end }}
  {{- end }}
{{- end }}

{{/* Port of a URL: takes a list of URL and the port without one. */}}
{{- define "flotilla.portOf" -}}
{{- $host := (urlParse (index . 0)).host -}}
{{- $port := regexFind ":[0-9]+$" $host -}}
{{- if $port }}{{ trimPrefix ":" $port }}{{ else }}{{ index . 1 }}{{ end -}}
{{- end }}
