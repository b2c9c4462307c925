import { isDns1123Label, isDns1123Subdomain } from "@dingi/apimachinery";
import type { FunctionDecl } from "../../check/declaration.ts";
import { fn, member } from "../../check/declaration.ts";
import { BOOL, STRING } from "../../check/type.ts";
import { CelError } from "../../value/error.ts";
import type { Value } from "../../value/value.ts";
import type { Library } from "../library.ts";
import type { ResourceQuestion } from "./checks.ts";
import {
  AUTHORIZER_TYPE,
  AuthorizerValue,
  Decision,
  DECISION_TYPE,
  GROUP_CHECK_TYPE,
  GroupCheck,
  PATH_CHECK_TYPE,
  PathCheck,
  RESOURCE_CHECK_TYPE,
  ResourceCheck,
} from "./checks.ts";

function narrowing(name: keyof ResourceQuestion, id: string): FunctionDecl {
  return fn(
    name,
    member(id, [RESOURCE_CHECK_TYPE, STRING], RESOURCE_CHECK_TYPE, (check: ResourceCheck, text: string) =>
      check.with({ [name]: text }),
    ),
  );
}

function serviceAccount({ asker }: AuthorizerValue, ...[namespace, name]: [string, string]): Value {
  if (isDns1123Subdomain(name).length > 0) return new CelError("Invalid service account name");
  if (isDns1123Label(namespace).length > 0) return new CelError("Invalid service account namespace");
  return new AuthorizerValue({ ...asker, serviceAccount: { namespace, name } });
}

function path({ asker }: AuthorizerValue, text: string): Value {
  return text.trim() === "" ? new CelError("path must not be empty") : new PathCheck(asker, text);
}

function resource({ asker, group }: GroupCheck, text: string): Value {
  return text.trim() === ""
    ? new CelError("resource must not be empty")
    : new ResourceCheck(asker, { group, resource: text });
}

function check(question: PathCheck | ResourceCheck, verb: string): Value {
  const { decide, serviceAccount: account } = question.asker;
  const asked = question instanceof PathCheck ? { path: question.path } : { resource: question.resource };
  return new Decision(decide({ verb, serviceAccount: account, ...asked }));
}

/** Upstream: k8s.io/apiserver/pkg/cel/library/authz.go */
export const AUTHORIZER: Library = {
  name: "kubernetes.authz",
  functions: [
    fn("path", member("authorizer_path", [AUTHORIZER_TYPE, STRING], PATH_CHECK_TYPE, path)),
    fn(
      "group",
      member(
        "authorizer_group",
        [AUTHORIZER_TYPE, STRING],
        GROUP_CHECK_TYPE,
        ({ asker }: AuthorizerValue, text: string) => new GroupCheck(asker, text),
      ),
    ),
    fn(
      "serviceAccount",
      member("authorizer_serviceaccount", [AUTHORIZER_TYPE, STRING, STRING], AUTHORIZER_TYPE, serviceAccount),
    ),
    fn("resource", member("groupcheck_resource", [GROUP_CHECK_TYPE, STRING], RESOURCE_CHECK_TYPE, resource)),
    narrowing("subresource", "resourcecheck_subresource"),
    narrowing("namespace", "resourcecheck_namespace"),
    narrowing("name", "resourcecheck_name"),
    fn(
      "check",
      member("pathcheck_check", [PATH_CHECK_TYPE, STRING], DECISION_TYPE, check),
      member("resourcecheck_check", [RESOURCE_CHECK_TYPE, STRING], DECISION_TYPE, check),
    ),
    fn(
      "errored",
      member("decision_errored", [DECISION_TYPE], BOOL, ({ answer }: Decision) => answer.error !== undefined),
    ),
    fn(
      "error",
      member("decision_error", [DECISION_TYPE], STRING, ({ answer }: Decision) => answer.error ?? ""),
    ),
    fn(
      "allowed",
      member("decision_allowed", [DECISION_TYPE], BOOL, ({ answer }: Decision) => answer.allowed),
    ),
    fn(
      "reason",
      member("decision_reason", [DECISION_TYPE], STRING, ({ answer }: Decision) => answer.reason),
    ),
  ],
};

export const AUTHORIZER_SELECTORS: Library = {
  name: "kubernetes.authzSelectors",
  functions: [
    narrowing("fieldSelector", "authorizer_fieldselector"),
    narrowing("labelSelector", "authorizer_labelselector"),
  ],
};
