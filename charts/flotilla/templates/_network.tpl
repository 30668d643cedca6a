{{/* Egress rule to the cluster's DNS. */}}
{{- define "flotilla.egressToDns" -}}
{{- $dns := .Values.networkPolicies.dns -}}
- to: {{ toJson $dns.to }}
  ports:
  {{- range $dns.ports }}
    - { protocol: UDP, port: {{ . }} }
    - { protocol: TCP, port: {{ . }} }
  {{- end }}
{{- end }}

{{/*
Addresses of the API server as JSON: a list of {cidrs, ports}. The values win. Without them helm asks the cluster for the endpoints of the
Service "kubernetes", and for its own address, because some engines judge a connection before its translation. Empty where there is no
cluster to ask: helm template, Argo CD.
*/}}
{{- define "flotilla.apiServerReach" -}}
{{- $api := .Values.networkPolicies.apiServer }}{{ $reach := list -}}
{{- if $api.cidrs -}}
{{- $reach = list (dict "cidrs" $api.cidrs "ports" $api.ports) -}}
{{- else -}}
{{- range (lookup "discovery.k8s.io/v1" "EndpointSlice" "default" "").items -}}
{{- if eq (dig "metadata" "labels" "kubernetes.io/service-name" "" .) "kubernetes" -}}
{{- $bits := ternary "128" "32" (eq .addressType "IPv6") }}{{ $cidrs := list }}{{ $ports := list -}}
{{- range .endpoints }}{{ range .addresses }}{{ $cidrs = append $cidrs (printf "%s/%s" . $bits) }}{{ end }}{{ end -}}
{{- range .ports }}{{ $ports = append $ports (int .port) }}{{ end -}}
{{- if and $cidrs $ports }}{{ $reach = append $reach (dict "cidrs" (sortAlpha $cidrs) "ports" $ports) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if $reach -}}
{{- $service := lookup "v1" "Service" "default" "kubernetes" -}}
{{- with dig "spec" "clusterIP" "" $service -}}
{{- $reach = append $reach (dict "cidrs" (list (printf "%s/%s" . (ternary "128" "32" (contains ":" .)))) "ports" (list 443)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $reach -}}
{{- end }}

{{/* Egress rules to the API server. */}}
{{- define "flotilla.egressToApiServer" -}}
{{- range $index, $part := include "flotilla.apiServerReach" . | fromJsonArray -}}
{{- if $index }}
{{ end -}}
- to:
  {{- range $part.cidrs }}
    - ipBlock: { cidr: {{ . | quote }} }
  {{- end }}
  ports:
  {{- range $part.ports }}
    - { protocol: TCP, port: {{ int . }} }
  {{- end }}
{{- end }}
{{- end }}

{{/* Egress rule to the bus. */}}
{{- define "flotilla.egressToBus" -}}
{{- if .Values.nats.enabled -}}
- to: [{ podSelector: { matchLabels: { app.kubernetes.io/instance: flotilla-nats } } }]
  ports: [{ protocol: TCP, port: 4222 }]
{{- else -}}
{{- include "flotilla.egressToUrl" (list . .Values.nats.url 4222) -}}
{{- end -}}
{{- end }}

{{/* Egress rule to the server of a URL: takes a list of root, URL and the port of a URL without one. */}}
{{- define "flotilla.egressToUrl" -}}
- ports: [{ protocol: TCP, port: {{ include "flotilla.portOf" (list (index . 1) (index . 2)) }} }]
  to: {{ include "flotilla.peersOf" (list (index . 0) (index . 1)) | default (include "flotilla.everyAddress" .) }}
{{- end }}

{{/* As operator/workload/network-policy.ts: every address, without link-local ones and the metadata service of a cloud. */}}
{{- define "flotilla.everyAddress" -}}
[{"ipBlock":{"cidr":"0.0.0.0/0","except":["169.254.0.0/16"]}},{"ipBlock":{"cidr":"::/0","except":["fe80::/10","fd00:ec2::254/128"]}}]
{{- end }}

{{/* Pods or addresses behind host names, as JSON: the bus and the store of the chart, and what the values name. */}}
{{- define "flotilla.hostPeers" -}}
{{- $peers := deepCopy .Values.networkPolicies.hostPeers -}}
{{- range $part, $url := dict "nats" (include "flotilla.natsUrl" .) "redis" (include "flotilla.redisUrl" .) -}}
{{- if (get $.Values $part).enabled -}}
{{- $labels := include "flotilla.selector" (list $ $part) | fromYaml -}}
{{- $own := dict "matchLabels" (dict "kubernetes.io/metadata.name" $.Release.Namespace) -}}
{{- /* The namespace is named, because workloads of other namespaces use the same peers. */ -}}
{{- $_ := set $peers (urlParse $url).hostname (list (dict "namespaceSelector" $own "podSelector" (dict "matchLabels" $labels))) -}}
{{- end -}}
{{- end -}}
{{- toJson $peers -}}
{{- end }}

{{/*
Peers of a URL's host, as JSON: takes a list of root and URL. As operator/workload/network-policy.ts does it for workloads: the peers that
the values name; an address is that address, the name of a Service gives the pods of its namespace, another name the external ranges.
Nothing means every address.
*/}}
{{- define "flotilla.peersOf" -}}
{{- $host := (urlParse (index . 1)).hostname | trimPrefix "[" | trimSuffix "]" -}}
{{- $policies := (index . 0).Values.networkPolicies -}}
{{- if hasKey $policies.hostPeers $host -}}
{{- get $policies.hostPeers $host | toJson -}}
{{- else if regexMatch "^[0-9.]+$" $host -}}
{{- list (dict "ipBlock" (dict "cidr" (printf "%s/32" $host))) | toJson -}}
{{- else if contains ":" $host -}}
{{- list (dict "ipBlock" (dict "cidr" (printf "%s/128" $host))) | toJson -}}
{{- else if not (contains "." $host) -}}
{{- list (dict "podSelector" dict) | toJson -}}
{{- else if regexMatch "^[^.]+[.][^.]+[.]svc([.]|$)" $host -}}
{{- $labels := dict "kubernetes.io/metadata.name" (index (splitList "." $host) 1) -}}
{{- list (dict "namespaceSelector" (dict "matchLabels" $labels)) | toJson -}}
{{- else if $policies.externalCidrs -}}
{{- $peers := list }}{{ range $policies.externalCidrs }}{{ $peers = append $peers (dict "ipBlock" (dict "cidr" .)) }}{{ end -}}
{{- toJson $peers -}}
{{- end -}}
{{- end }}

{{/* Port of a URL: takes a list of URL and the port without one. */}}
{{- define "flotilla.portOf" -}}
{{- $host := (urlParse (index . 0)).host -}}
{{- $port := regexFind ":[0-9]+$" $host -}}
{{- if $port }}{{ trimPrefix ":" $port }}{{ else }}{{ index . 1 }}{{ end -}}
{{- end }}
