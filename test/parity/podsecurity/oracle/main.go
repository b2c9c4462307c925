// Judges pods as upstream does: reads {level, version, metadata, spec} as JSON lines, and writes for each how it would be
// refused, "" where it is not. See ../README.md.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

type question struct {
	Level    string            `json:"level"`
	Version  string            `json:"version"`
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     corev1.PodSpec    `json:"spec"`
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	must(err)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	answers := json.NewEncoder(os.Stdout)
	answers.SetEscapeHTML(false)
	for lines.Scan() {
		var q question
		must(json.Unmarshal(lines.Bytes(), &q))
		level, err := api.ParseLevel(q.Level)
		must(err)
		version, err := api.ParseVersion(q.Version)
		must(err)
		results := evaluator.EvaluatePod(api.LevelVersion{Level: level, Version: version}, &q.Metadata, &q.Spec)
		result := policy.AggregateCheckResults(results)
		must(answers.Encode(result.ForbiddenDetail()))
	}
	must(lines.Err())
}
