// A minimal controller on controller-runtime that does what the operator does for a Strategy: three children by
// server-side apply and a status. bench/peers/README.md says which settings it reads.
package main

import (
	"cmp"
	"encoding/json"
	"log"
	"os"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

func main() {
	ctrl.SetLogger(zap.New())
	workers, err := strconv.Atoi(cmp.Or(os.Getenv("PEER_WORKERS"), "1"))
	check(err)
	templates, err := readTemplates(os.Getenv("PEER_TEMPLATES"))
	check(err)
	scheme := runtime.NewScheme()
	check(corev1.AddToScheme(scheme))
	check(appsv1.AddToScheme(scheme))
	check(networkingv1.AddToScheme(scheme))
	addStrategyToScheme(scheme)

	config := ctrl.GetConfigOrDie()
	// No client-side limit: the peers are to be held up by nothing but their own work.
	config.QPS = -1
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:  scheme,
		Metrics: server.Options{BindAddress: "0"},
		Cache: cache.Options{
			DefaultNamespaces: map[string]cache.Config{os.Getenv("PEER_NAMESPACE"): {}},
			DefaultTransform:  cache.TransformStripManagedFields(),
		},
	})
	check(err)

	reconciler := &reconciler{client: manager.GetClient(), templates: templates, allWrites: os.Getenv("PEER_WRITES") == "all"}
	build := ctrl.NewControllerManagedBy(manager).
		For(&Strategy{}).
		Owns(&corev1.ServiceAccount{}).
		Owns(&networkingv1.NetworkPolicy{}).
		Owns(&appsv1.Deployment{}).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers})
	if reconciler.allWrites {
		build = build.Owns(&corev1.Secret{}, builder.OnlyMetadata)
	}
	check(build.Complete(reconciler))
	check(manager.Start(ctrl.SetupSignalHandler()))
}

// templates are manifests as JSON text with {{NAME}} and {{UID}} in them; the operator's own, so that all write the same bytes.
type templates struct {
	ServiceAccount string `json:"serviceAccount"`
	NetworkPolicy  string `json:"networkPolicy"`
	Deployment     string `json:"deployment"`
	Secret         string `json:"secret"`
}

func readTemplates(path string) (*templates, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	read := &templates{}
	return read, json.Unmarshal(data, read)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
