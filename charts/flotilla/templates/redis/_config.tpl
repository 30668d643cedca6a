{{- define "flotilla.redisConfig" -}}
bind * -::*
port 6379
protected-mode yes
daemonize no
dir /data
appendonly yes
# A nonce or a checkpoint that was acknowledged must not come back from the past.
appendfsync always
save ""
aclfile /run/redis/users.acl
{{- end }}
