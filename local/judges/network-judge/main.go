// Command network-judge says which connections NetworkPolicies allow, by the matcher of cyclonus.
//
// It reads {"peers", "questions", "policySets"} as JSON. For each set of policies it prints a JSON list with one verdict for each question,
// in order: "allowed", "denied by egress", "denied by ingress" or "denied by both". A question names two peers. Every peer has an address; a
// peer with a namespace is a pod.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	v1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

type peer struct {
	Address         string            `json:"address"`
	Namespace       string            `json:"namespace"`
	NamespaceLabels map[string]string `json:"namespaceLabels"`
	Labels          map[string]string `json:"labels"`
}

type question struct {
	From     string      `json:"from"`
	To       string      `json:"to"`
	Port     int         `json:"port"`
	Protocol v1.Protocol `json:"protocol"`
}

type input struct {
	Peers      map[string]peer                 `json:"peers"`
	Questions  []question                      `json:"questions"`
	PolicySets [][]*networkingv1.NetworkPolicy `json:"policySets"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	decoder := json.NewDecoder(os.Stdin)
	// A field that the API server would not know must not be judged as if it were absent.
	decoder.DisallowUnknownFields()
	var asked input
	if err := decoder.Decode(&asked); err != nil {
		return fmt.Errorf("expected peers, questions and policySets: %w", err)
	}
	questions, err := trafficOf(asked)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(os.Stdout)
	for _, policies := range asked.PolicySets {
		verdicts, err := judge(policies, questions)
		if err != nil {
			return err
		}
		if err := encoder.Encode(verdicts); err != nil {
			return err
		}
	}
	return nil
}

func trafficOf(asked input) ([]*matcher.Traffic, error) {
	all := make([]*matcher.Traffic, 0, len(asked.Questions))
	for _, one := range asked.Questions {
		from, to := asked.Peers[one.From], asked.Peers[one.To]
		if from.Address == "" || to.Address == "" || one.Port == 0 || one.Protocol == "" {
			return nil, fmt.Errorf("expected two peers with addresses, a port and a protocol, found %+v", one)
		}
		all = append(all, &matcher.Traffic{
			Source:       trafficPeer(from),
			Destination:  trafficPeer(to),
			ResolvedPort: one.Port,
			Protocol:     one.Protocol,
		})
	}
	return all, nil
}

func judge(policies []*networkingv1.NetworkPolicy, questions []*matcher.Traffic) (verdicts []string, err error) {
	// The matcher panics about a policy that the API server would refuse.
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("%v", reason)
		}
	}()
	for _, policy := range policies {
		if policy.Namespace == "" {
			return nil, fmt.Errorf("expected a namespace in the NetworkPolicy %s, found none", policy.Name)
		}
	}
	built := matcher.BuildNetworkPolicies(false, policies)
	verdicts = make([]string, 0, len(questions))
	for _, traffic := range questions {
		verdicts = append(verdicts, verdictOf(built.IsTrafficAllowed(traffic)))
	}
	return verdicts, nil
}

func verdictOf(result *matcher.AllowedResult) string {
	switch {
	case result.IsAllowed():
		return "allowed"
	case result.Ingress.IsAllowed():
		return "denied by egress"
	case result.Egress.IsAllowed():
		return "denied by ingress"
	}
	return "denied by both"
}

func trafficPeer(one peer) *matcher.TrafficPeer {
	if one.Namespace == "" {
		return &matcher.TrafficPeer{IP: one.Address}
	}
	pod := &matcher.InternalPeer{PodLabels: one.Labels, NamespaceLabels: one.NamespaceLabels, Namespace: one.Namespace}
	return &matcher.TrafficPeer{IP: one.Address, Internal: pod}
}
