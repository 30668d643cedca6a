{{/*
A job of a hook with an identity of its own, gone when it has succeeded. Takes root, hook, name, entry point, rules and variables (both YAML).
*/}}
{{- define "flotilla.hookJob" -}}
{{- $root := .root }}{{ $name := printf "flotilla-%s" .name }}{{ $namespace := .root.Release.Namespace }}
{{- $labels := include "flotilla.labels" (list .root .name) }}
{{- $hook := include "flotilla.hook" (dict "on" .on "weight" "-20") }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name }}
  namespace: {{ $namespace }}
  labels: {{- $labels | nindent 4 }}
  annotations: {{- $hook | nindent 4 }}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name }}
  namespace: {{ $namespace }}
  labels: {{- $labels | nindent 4 }}
  annotations: {{- $hook | nindent 4 }}
rules: {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name }}
  namespace: {{ $namespace }}
  labels: {{- $labels | nindent 4 }}
  annotations: {{- $hook | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name }}
subjects:
  - kind: ServiceAccount
    name: {{ $name }}
    namespace: {{ $namespace }}
{{- if $root.Values.networkPolicies.enabled }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ $name }}
  namespace: {{ $namespace }}
  labels: {{- $labels | nindent 4 }}
  annotations: {{- $hook | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "flotilla.selector" (list $root .name) | nindent 6 }}
  policyTypes: [Ingress, Egress]
  egress: {{- include "flotilla.egressToApiServer" $root | nindent 4 }}
{{- end }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $name }}
  namespace: {{ $namespace }}
  labels: {{- $labels | nindent 4 }}
  annotations: {{- include "flotilla.hook" (dict "on" .on "weight" "-10") | nindent 4 }}
spec:
  backoffLimit: {{ .backoffLimit }}
  activeDeadlineSeconds: 300
  template:
    metadata:
      labels: {{- include "flotilla.podLabels" (list $root .name) | nindent 8 }}
    spec:
      serviceAccountName: {{ $name }}
      automountServiceAccountToken: true
      enableServiceLinks: false
      restartPolicy: Never
      securityContext: {{- include "flotilla.podSecurity" $root | nindent 8 }}
      {{- with include "flotilla.pullSecrets" $root }}{{ . | nindent 6 }}{{ end }}
      {{- with $root.Values.operator.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $root.Values.operator.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .name }}
          image: {{ include "flotilla.image" $root }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          command: [node, {{ .entryPoint }}]
          workingDir: /app
          env:
            - { name: FLOTILLA_NAMESPACE, value: {{ $namespace | quote }} }
            {{- with .variables }}{{ . | nindent 12 }}{{ end }}
          # The last lines of its log are the reason that kubectl and Helm show.
          terminationMessagePolicy: FallbackToLogsOnError
          resources:
            requests: { cpu: 50m, memory: 96Mi }
            limits: { memory: 256Mi }
          securityContext: {{- include "flotilla.containerSecurity" $root | nindent 12 }}
{{- end }}

{{/* Takes the events and the weight; Argo CD reads them as well. */}}
{{- define "flotilla.hook" -}}
helm.sh/hook: {{ .on }}
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
