//go:build tools

// Package judges pins programs that judge what Flotilla generates: alerts, dashboards' queries, conditions, Lua for Argo CD, NetworkPolicies.
package judges

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
	_ "github.com/prometheus/prometheus/cmd/promtool"
)
