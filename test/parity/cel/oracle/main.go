// Answers expressions as upstream's engine does: reads {schema, self, object, expressions} as JSON, and writes for
// each expression its type, estimate, value, actual cost and errors. See ../README.md.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"sort"
	"strconv"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	schemacel "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/version"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/apiserver/pkg/cel/library"
)

type questions struct {
	Schema      json.RawMessage `json:"schema"`
	Self        json.RawMessage `json:"self"`
	Object      json.RawMessage `json:"object"`
	Expressions []string        `json:"expressions"`
}

type answer struct {
	Expression string `json:"expression"`
	Compile    string `json:"compile,omitempty"`
	NewRefuses bool   `json:"newRefuses,omitempty"`
	Type       string `json:"type,omitempty"`
	Min        string `json:"min,omitempty"`
	Max        string `json:"max,omitempty"`
	Program    string `json:"program,omitempty"`
	Value      any    `json:"value,omitempty"`
	Cost       string `json:"cost,omitempty"`
	Error      string `json:"error,omitempty"`
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	input, err := io.ReadAll(os.Stdin)
	must(err)
	var q questions
	must(json.Unmarshal(input, &q))
	var external v1.JSONSchemaProps
	must(json.Unmarshal(q.Schema, &external))
	var internal apiextensions.JSONSchemaProps
	must(v1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&external, &internal, nil))
	structural, err := schema.NewStructural(&internal)
	must(err)
	var self, object any
	must(utiljson.Unmarshal(q.Self, &self))
	must(utiljson.Unmarshal(q.Object, &object))
	declType := model.SchemaDeclType(structural, false).MaybeAssignTypeName("selfType")
	envs, err := environment.MustBaseEnvSet(version.MajorMinor(1, 36)).Extend(environment.VersionedOptions{
		IntroducedVersion: version.MajorMinor(1, 0),
		EnvOptions:        []cel.EnvOption{cel.Variable("self", declType.CelType()), cel.Variable("object", cel.DynType)},
		DeclTypes:         []*apiservercel.DeclType{declType},
	})
	must(err)
	vars := map[string]any{
		"self":   schemacel.UnstructuredToVal(self, structural),
		"object": object,
	}
	estimator := &library.CostEstimator{SizeEstimator: &sizes{declType}}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for _, expression := range q.Expressions {
		must(out.Encode(ask(envs, estimator, vars, expression)))
	}
}

func ask(envs *environment.EnvSet, estimator *library.CostEstimator, vars map[string]any, expression string) answer {
	a := answer{Expression: expression}
	env := envs.StoredExpressionsEnv()
	ast, issues := env.Compile(expression)
	_, newIssues := envs.NewExpressionsEnv().Compile(expression)
	if issues.Err() != nil {
		a.Compile = issues.String()
		return a
	}
	a.NewRefuses = newIssues.Err() != nil
	a.Type = cel.FormatCELType(ast.OutputType())
	estimate, err := env.EstimateCost(ast, estimator)
	must(err)
	a.Min, a.Max = strconv.FormatUint(estimate.Min, 10), strconv.FormatUint(estimate.Max, 10)
	program, err := env.Program(ast, cel.InterruptCheckFrequency(100))
	if err != nil {
		a.Program = err.Error()
		return a
	}
	value, details, err := program.Eval(vars)
	if details != nil && details.ActualCost() != nil {
		a.Cost = strconv.FormatUint(*details.ActualCost(), 10)
	}
	if err != nil {
		a.Error = err.Error()
		return a
	}
	a.Value = show(value)
	return a
}

// show writes a value so that no two different ones look alike.
func show(value ref.Val) any {
	switch v := value.(type) {
	case nil:
		return "nothing"
	case types.Null:
		return "null"
	case types.Bool:
		return bool(v)
	case types.String:
		return map[string]any{"string": string(v)}
	case types.Int:
		return map[string]any{"int": strconv.FormatInt(int64(v), 10)}
	case types.Uint:
		return map[string]any{"uint": strconv.FormatUint(uint64(v), 10)}
	case types.Double:
		if math.IsNaN(float64(v)) {
			return map[string]any{"double": "NaN"}
		}
		return map[string]any{"double": strconv.FormatFloat(float64(v), 'e', 17, 64)}
	case types.Bytes:
		return map[string]any{"bytes": []byte(v)}
	case types.Timestamp, types.Duration:
		return map[string]any{v.(ref.Val).Type().TypeName(): string(v.(ref.Val).ConvertToType(types.StringType).(types.String))}
	case *types.Optional:
		if !v.HasValue() {
			return map[string]any{"none": true}
		}
		return map[string]any{"some": show(v.GetValue())}
	case *types.Type:
		return map[string]any{"type": v.TypeName()}
	case traits.Lister:
		list := []any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			list = append(list, show(it.Next()))
		}
		return map[string]any{"list": list}
	case traits.Mapper:
		entries := []string{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			line, _ := json.Marshal([]any{show(key), show(v.Get(key))})
			entries = append(entries, string(line))
		}
		sort.Strings(entries)
		return map[string]any{"map": entries}
	}
	return map[string]any{"opaque": fmt.Sprint(value.Type().TypeName())}
}

type sizes struct{ root *apiservercel.DeclType }

func (s *sizes) EstimateSize(node checker.AstNode) *checker.SizeEstimate {
	if len(node.Path()) == 0 {
		return nil
	}
	if node.Path()[0] != "self" {
		return nil
	}
	current := s.root
	for _, name := range node.Path()[1:] {
		switch name {
		case "@items", "@values":
			current = current.ElemType
		case "@keys":
			current = current.KeyType
		default:
			field, ok := current.Fields[name]
			if !ok {
				return nil
			}
			current = field.Type
		}
		if current == nil {
			return nil
		}
	}
	return &checker.SizeEstimate{Min: 0, Max: uint64(current.MaxElements)}
}

func (s *sizes) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}
