package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var groupVersion = schema.GroupVersion{Group: "flotilla.dev", Version: "v1alpha1"}

// Strategy as far as this controller reads it; DeepCopy by hand instead of a generator.
type Strategy struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              StrategySpec   `json:"spec,omitempty"`
	Status            StrategyStatus `json:"status,omitempty"`
}

type StrategySpec struct {
	PortfolioRef struct {
		Name string `json:"name"`
	} `json:"portfolioRef"`
	Agent struct {
		BuiltIn string `json:"builtIn"`
	} `json:"agent"`
	Parameters  map[string]runtime.RawExtension `json:"parameters,omitempty"`
	Instruments []string                        `json:"instruments,omitempty"`
	Capital     struct {
		MaxNotional string `json:"maxNotional"`
	} `json:"capital"`
	DesiredState string `json:"desiredState,omitempty"`
}

type StrategyStatus struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
	State              string             `json:"state,omitempty"`
}

func (in *Strategy) DeepCopyObject() runtime.Object {
	out := *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	out.Spec.Instruments = append([]string(nil), in.Spec.Instruments...)
	if in.Spec.Parameters != nil {
		out.Spec.Parameters = make(map[string]runtime.RawExtension, len(in.Spec.Parameters))
		for name, value := range in.Spec.Parameters {
			out.Spec.Parameters[name] = *value.DeepCopy()
		}
	}
	out.Status.Conditions = nil
	for _, condition := range in.Status.Conditions {
		out.Status.Conditions = append(out.Status.Conditions, *condition.DeepCopy())
	}
	return &out
}

type StrategyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Strategy `json:"items"`
}

func (in *StrategyList) DeepCopyObject() runtime.Object {
	out := *in
	out.Items = make([]Strategy, len(in.Items))
	for position := range in.Items {
		out.Items[position] = *in.Items[position].DeepCopyObject().(*Strategy)
	}
	return &out
}

func addStrategyToScheme(scheme *runtime.Scheme) {
	scheme.AddKnownTypes(groupVersion, &Strategy{}, &StrategyList{})
	metav1.AddToGroupVersion(scheme, groupVersion)
}
