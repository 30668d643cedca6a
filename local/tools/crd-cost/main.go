// Program crd-cost estimates what every CEL rule of CustomResourceDefinitions costs, with the code and the numbers by which the API
// server of the same version accepts or refuses them, and prints one JSON object per line.
//
// Usage: crd-cost file.yaml...
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"sort"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"sigs.k8s.io/yaml"
)

type expression struct {
	CRD string `json:"crd"`
	// Path of the schema that holds the rule: spec.order.maxNotional.
	Path  string `json:"path"`
	Index int    `json:"index"`
	// rule or messageExpression.
	Type string `json:"type"`
	Text string `json:"text"`
	// Estimated, times how often it can be evaluated for one object.
	Cost      uint64 `json:"cost"`
	CostLimit uint64 `json:"costLimit"`
}

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("expected files with CustomResourceDefinitions"))
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	for _, file := range os.Args[1:] {
		expressions, err := measure(file)
		if err != nil {
			fail(fmt.Errorf("%s: %w", file, err))
		}
		for _, one := range expressions {
			if err := encoder.Encode(one); err != nil {
				fail(err)
			}
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "crd-cost:", err)
	os.Exit(1)
}

func measure(file string) ([]expression, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var definition apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(text, &definition); err != nil {
		return nil, err
	}
	var found []expression
	for _, version := range definition.Spec.Versions {
		var schema apiextensions.JSONSchemaProps
		if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(version.Schema.OpenAPIV3Schema, &schema, nil); err != nil {
			return nil, err
		}
		walker := walker{crd: definition.Name, found: &found}
		if err := walker.walk(&schema, "", validation.RootCELContext(&schema)); err != nil {
			return nil, err
		}
	}
	return found, nil
}

type walker struct {
	crd   string
	found *[]expression
}

// walk follows the schema as the validation of a CRD does.
func (w walker) walk(schema *apiextensions.JSONSchemaProps, path string, context *validation.CELSchemaContext) error {
	if len(schema.XValidations) > 0 {
		if err := w.compile(schema, path, context); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	names := make([]string, 0, len(schema.Properties))
	for name := range schema.Properties {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		child := schema.Properties[name]
		childPath := name
		if path != "" {
			childPath = path + "." + name
		}
		if err := w.walk(&child, childPath, context.ChildPropertyContext(&child, name)); err != nil {
			return err
		}
	}
	if schema.Items != nil && schema.Items.Schema != nil {
		if err := w.walk(schema.Items.Schema, path+"[]", context.ChildItemsContext(schema.Items.Schema)); err != nil {
			return err
		}
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		child := schema.AdditionalProperties.Schema
		if err := w.walk(child, path+"{}", context.ChildAdditionalPropertiesContext(child)); err != nil {
			return err
		}
	}
	return nil
}

func (w walker) compile(schema *apiextensions.JSONSchemaProps, path string, context *validation.CELSchemaContext) error {
	typeInfo, err := context.TypeInfo()
	if err != nil {
		return err
	}
	if typeInfo == nil {
		return fmt.Errorf("no type information")
	}
	environments := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
	results, err := cel.Compile(typeInfo.Schema, typeInfo.DeclType, celconfig.PerCallLimit, environments, cel.NewExpressionsEnvLoader())
	if err != nil {
		return err
	}
	for index, result := range results {
		if result.Error != nil {
			return fmt.Errorf("rule %d: %s", index, result.Error.Detail)
		}
		if result.MessageExpressionError != nil {
			return fmt.Errorf("messageExpression %d: %s", index, result.MessageExpressionError.Detail)
		}
		rule := schema.XValidations[index]
		cardinality := result.MaxCardinality
		if context.MaxCardinality != nil {
			cardinality = *context.MaxCardinality
		}
		w.note(path, index, "rule", rule.Rule, times(result.MaxCost, cardinality))
		if result.MessageExpression != nil {
			w.note(path, index, "messageExpression", rule.MessageExpression, result.MessageExpressionMaxCost)
		}
	}
	return nil
}

func (w walker) note(path string, index int, kind string, text string, cost uint64) {
	*w.found = append(*w.found, expression{w.crd, path, index, kind, text, cost, validation.StaticEstimatedCostLimit})
}

func times(cost uint64, cardinality uint64) uint64 {
	if cost != 0 && math.MaxUint64/cost < cardinality {
		return math.MaxUint64
	}
	return cost * cardinality
}
