{{/* What is the same in every pod of the chart. */}}

{{- define "flotilla.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "flotilla.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/*
Where pods may run: takes a list of root, component, the values of the part. With spread: Required no two pods of the part share a node.
*/}}
{{- define "flotilla.placement" -}}
{{- $part := index . 2 -}}
topologySpreadConstraints:
  {{- with $part.topologySpreadConstraints }}
  {{- toYaml . | nindent 2 }}
  {{- else }}
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector: { matchLabels: { app.kubernetes.io/instance: flotilla-{{ index $ 1 }} } }
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: ScheduleAnyway
    labelSelector: { matchLabels: { app.kubernetes.io/instance: flotilla-{{ index $ 1 }} } }
  {{- end }}
{{- $affinity := deepCopy $part.affinity }}
{{- if eq (dig "spread" "" $part) "Required" }}
{{- $selector := dict "matchLabels" (dict "app.kubernetes.io/instance" (printf "flotilla-%s" (index . 1))) }}
{{- $own := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" $selector }}
{{- $anti := dig "podAntiAffinity" dict $affinity }}
{{- $required := append (dig "requiredDuringSchedulingIgnoredDuringExecution" list $anti) $own }}
{{- $_ := set $affinity "podAntiAffinity" (merge (dict "requiredDuringSchedulingIgnoredDuringExecution" $required) $anti) }}
{{- end }}
{{- with $affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $part.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $part.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/*
Tolerations of a part that must not stay on a lost node: its own, and 10 seconds for a node that is lost or not ready. Kubernetes' own 300
seconds would leave the fleet without an operator.
*/}}
{{- define "flotilla.restlessTolerations" -}}
{{- $tolerations := . }}{{ $keys := list }}
{{- range . }}{{ $keys = append $keys (dig "key" "" .) }}{{ end }}
{{- range $taint := list "node.kubernetes.io/not-ready" "node.kubernetes.io/unreachable" }}
{{- if not (has $taint $keys) }}
{{- $tolerations = append $tolerations (dict "key" $taint "operator" "Exists" "effect" "NoExecute" "tolerationSeconds" 10) }}
{{- end }}
{{- end }}
{{- toJson $tolerations }}
{{- end }}

{{- define "flotilla.pullSecrets" -}}
{{- with .Values.image.pullSecrets -}}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* The claim template of a server: takes its storage values. */}}
{{- define "flotilla.claim" -}}
- metadata: { name: data }
  spec:
    accessModes: [ReadWriteOnce]
    {{- with .storageClass }}
    storageClassName: {{ . }}
    {{- end }}
    resources: { requests: { storage: {{ .size }} } }
{{- end }}

{{/*
The keys by which a process of the control plane proves to the bus who it is: volume, mount and path of the file. Takes a list of root and
"operator" or "callout", except for the mount. 256 is 0400: not every reader of YAML knows octal numbers.
*/}}
{{- define "flotilla.busIdentityVolume" -}}
{{- $secret := get ((index . 0).Files.Get "files/credentials.json" | fromJson).busKeys (index . 1) -}}
- name: bus-identity
  secret: { secretName: {{ $secret.name }}, defaultMode: 256, items: [{ key: {{ $secret.key }}, path: {{ $secret.key }} }] }
{{- end }}

{{- define "flotilla.busIdentityMount" -}}
- { name: bus-identity, mountPath: /run/flotilla/bus, readOnly: true }
{{- end }}

{{- define "flotilla.busIdentityFile" -}}
/run/flotilla/bus/{{ (get ((index . 0).Files.Get "files/credentials.json" | fromJson).busKeys (index . 1)).key }}
{{- end }}
