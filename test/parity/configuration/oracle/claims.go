package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	api "k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/apis/apiserver/install"
	apiv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"
)

type claimsQuestion struct {
	JWT    apiv1.JWTAuthenticator `json:"jwt"`
	Claims json.RawMessage        `json:"claims"`
}

type claimsAnswer struct {
	User  *user.DefaultInfo `json:"user,omitempty"`
	Error string            `json:"error,omitempty"`
}

// believing takes every signature for good.
type believing struct{}

func (believing) VerifySignature(_ context.Context, jwt string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[1])
}

func encode(text []byte) string { return base64.RawURLEncoding.EncodeToString(text) }

// identify says whom a token with these claims is taken for.
func identify(q claimsQuestion) claimsAnswer {
	scheme := runtime.NewScheme()
	install.Install(scheme)
	var configuration api.AuthenticationConfiguration
	must(scheme.Convert(&apiv1.AuthenticationConfiguration{JWT: []apiv1.JWTAuthenticator{q.JWT}}, &configuration, nil))
	authenticator, err := oidc.New(context.Background(), oidc.Options{JWTAuthenticator: configuration.JWT[0], KeySet: believing{}})
	if err != nil {
		return claimsAnswer{Error: "configuration: " + err.Error()}
	}
	token := encode([]byte(`{"alg":"RS256"}`)) + "." + encode(q.Claims) + ".AA"
	response, _, err := authenticator.AuthenticateToken(context.Background(), token)
	if err != nil {
		return claimsAnswer{Error: err.Error()}
	}
	return claimsAnswer{User: response.User.(*user.DefaultInfo)}
}
