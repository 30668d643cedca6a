package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	fieldOwner     = client.FieldOwner("peer")
	hashAnnotation = "flotilla.dev/applied-hash"
	finalizer      = "flotilla.dev/bus"
)

type reconciler struct {
	client    client.Client
	templates *templates
	// allWrites: also the operator's finalizer and key Secret.
	allWrites bool
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	strategy := &Strategy{}
	if err := r.client.Get(ctx, request.NamespacedName, strategy); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if strategy.DeletionTimestamp != nil {
		return ctrl.Result{}, nil
	}
	if r.allWrites {
		if err := r.ensureFinalizer(ctx, strategy); err != nil {
			return ctrl.Result{}, err
		}
		if err := r.ensureSecret(ctx, strategy); err != nil {
			return ctrl.Result{}, err
		}
	}
	deployment := &appsv1.Deployment{}
	children := []struct {
		template string
		object   client.Object
	}{
		{r.templates.ServiceAccount, &corev1.ServiceAccount{}},
		{r.templates.NetworkPolicy, &networkingv1.NetworkPolicy{}},
		{r.templates.Deployment, deployment},
	}
	for _, child := range children {
		if err := r.ensureChild(ctx, strategy, child.template, child.object); err != nil {
			return ctrl.Result{}, err
		}
	}
	return ctrl.Result{}, r.writeStatus(ctx, strategy, deployment)
}

// ensureChild applies unless the cached object carries the hash of this very manifest.
func (r *reconciler) ensureChild(ctx context.Context, strategy *Strategy, template string, object client.Object) error {
	manifest := strings.NewReplacer("{{NAME}}", strategy.Name, "{{UID}}", string(strategy.UID)).Replace(template)
	sum := sha256.Sum256([]byte(manifest))
	hash := base64.RawURLEncoding.EncodeToString(sum[:])
	key := types.NamespacedName{Namespace: strategy.Namespace, Name: strategy.Name + "-agent"}
	err := r.client.Get(ctx, key, object)
	if err == nil && object.GetAnnotations()[hashAnnotation] == hash {
		return nil
	}
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	object.SetName(key.Name)
	object.SetNamespace(key.Namespace)
	patch := strings.Replace(manifest, "{{HASH}}", hash, 1)
	return r.client.Patch(ctx, object, client.RawPatch(types.ApplyPatchType, []byte(patch)), fieldOwner, client.ForceOwnership)
}

func (r *reconciler) ensureFinalizer(ctx context.Context, strategy *Strategy) error {
	if slices.Contains(strategy.Finalizers, finalizer) {
		return nil
	}
	patch, err := json.Marshal(map[string]any{
		"apiVersion": groupVersion.String(),
		"kind":       "Strategy",
		"metadata":   map[string]any{"name": strategy.Name, "namespace": strategy.Namespace, "uid": strategy.UID, "finalizers": []string{finalizer}},
	})
	if err != nil {
		return err
	}
	return r.client.Patch(ctx, strategy, client.RawPatch(types.ApplyPatchType, patch), client.FieldOwner("peer-finalizer"), client.ForceOwnership)
}

func (r *reconciler) ensureSecret(ctx context.Context, strategy *Strategy) error {
	held := &metav1.PartialObjectMetadata{}
	held.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	err := r.client.Get(ctx, types.NamespacedName{Namespace: strategy.Namespace, Name: strategy.Name + "-agent-key"}, held)
	if err == nil || !apierrors.IsNotFound(err) {
		return err
	}
	secret := &corev1.Secret{}
	manifest := strings.NewReplacer("{{NAME}}", strategy.Name, "{{UID}}", string(strategy.UID), "{{KEY}}", rand.Text()).Replace(r.templates.Secret)
	if err := json.Unmarshal([]byte(manifest), secret); err != nil {
		return err
	}
	if err := r.client.Create(ctx, secret, fieldOwner); !apierrors.IsAlreadyExists(err) {
		return err
	}
	return nil
}

// writeStatus writes once the Deployment is ready.
func (r *reconciler) writeStatus(ctx context.Context, strategy *Strategy, deployment *appsv1.Deployment) error {
	ready := deployment.Status.ReadyReplicas >= 1 && deployment.Status.ObservedGeneration >= deployment.Generation
	if !ready {
		return nil
	}
	conditions := slices.Clone(strategy.Status.Conditions)
	changed := false
	for _, condition := range readyConditions {
		condition.ObservedGeneration = strategy.Generation
		changed = meta.SetStatusCondition(&conditions, condition) || changed
	}
	if !changed {
		return nil
	}
	patch, err := json.Marshal(map[string]any{
		"apiVersion": groupVersion.String(),
		"kind":       "Strategy",
		"metadata":   map[string]any{"name": strategy.Name, "namespace": strategy.Namespace, "uid": strategy.UID},
		"status":     StrategyStatus{ObservedGeneration: strategy.Generation, Conditions: conditions, State: "Running"},
	})
	if err != nil {
		return err
	}
	return r.client.Status().Patch(ctx, strategy, client.RawPatch(types.ApplyPatchType, patch), client.FieldOwner("peer-status"), client.ForceOwnership)
}

var readyConditions = []metav1.Condition{
	{Type: "Ready", Status: metav1.ConditionTrue, Reason: "Running", Message: "the agent runs and its orders are taken"},
	{Type: "Reconciling", Status: metav1.ConditionFalse, Reason: "Idle"},
	{Type: "Stalled", Status: metav1.ConditionFalse, Reason: "NotStalled"},
}
