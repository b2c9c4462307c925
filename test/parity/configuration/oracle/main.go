// Judges configuration files as upstream does: reads a list of {title, configuration} as JSON, and writes for each why it
// would be refused, "" where it is not; or, told "claims", for {title, jwt, claims} whom such a token is taken for. See
// ../README.md.
package main

import (
	"encoding/json"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"
	api "k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/apis/apiserver/install"
	"k8s.io/apiserver/pkg/apis/apiserver/validation"
	authenticationcel "k8s.io/apiserver/pkg/authentication/cel"
	authorizationcel "k8s.io/apiserver/pkg/authorization/cel"
)

type question struct {
	Configuration json.RawMessage `json:"configuration"`
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func flaws(text []byte) (field.ErrorList, error) {
	scheme := runtime.NewScheme()
	install.Install(scheme)
	object, err := runtime.Decode(serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDecoder(), text)
	if err != nil {
		return nil, err
	}
	switch c := object.(type) {
	case *api.AuthenticationConfiguration:
		return validation.ValidateAuthenticationConfiguration(authenticationcel.NewDefaultCompiler(), c, []string{"https://sa.test"}), nil
	case *api.AuthorizationConfiguration:
		known := sets.New("AlwaysAllow", "AlwaysDeny", "Webhook", "RBAC", "Node")
		return validation.ValidateAuthorizationConfiguration(authorizationcel.NewDefaultCompiler(), nil, c, known, sets.New("Webhook")), nil
	}
	panic("unknown kind")
}

func judge(text []byte) string {
	found, err := flaws(text)
	if err == nil {
		err = found.ToAggregate()
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

func answersTo(about string) any {
	in := json.NewDecoder(os.Stdin)
	if about == "claims" {
		var questions []claimsQuestion
		must(in.Decode(&questions))
		answers := make([]claimsAnswer, len(questions))
		for i, q := range questions {
			answers[i] = identify(q)
		}
		return answers
	}
	var questions []question
	must(in.Decode(&questions))
	answers := make([]string, len(questions))
	for i, q := range questions {
		answers[i] = judge(q.Configuration)
	}
	return answers
}

func main() {
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	must(out.Encode(answersTo(os.Args[1])))
}
