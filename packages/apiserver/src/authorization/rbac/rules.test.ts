import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1PolicyRule } from "@dingi/api";
import type { AuthorizationAttributes } from "../authorizer.ts";
import { ruleAllows } from "./rules.ts";

const GET_POD: AuthorizationAttributes = {
  user: { name: "ada", groups: [] },
  verb: "get",
  isResource: true,
  path: "",
  group: "",
  version: "v1",
  resource: "pods",
  subresource: "",
  namespace: "default",
  name: "web",
};

const POD_READER: V1PolicyRule = { verbs: ["get"], apiGroups: [""], resources: ["pods"] };

const RESOURCE_CASES: readonly [string, V1PolicyRule, Partial<AuthorizationAttributes>, boolean][] = [
  ["exact", POD_READER, {}, true],
  ["another verb", POD_READER, { verb: "list" }, false],
  ["any verb", { ...POD_READER, verbs: ["*"] }, { verb: "list" }, true],
  ["another group", POD_READER, { group: "apps" }, false],
  ["any group", { ...POD_READER, apiGroups: ["*"] }, { group: "apps" }, true],
  ["no group at all", { verbs: ["get"], resources: ["pods"] }, {}, false],
  ["another resource", POD_READER, { resource: "secrets" }, false],
  ["a resource does not grant its subresources", POD_READER, { subresource: "log" }, false],
  ["a subresource", { ...POD_READER, resources: ["pods/log"] }, { subresource: "log" }, true],
  ["a subresource does not grant its resource", { ...POD_READER, resources: ["pods/log"] }, {}, false],
  ["a subresource of any resource", { ...POD_READER, resources: ["*/log"] }, { subresource: "log" }, true],
  ["another subresource of any resource", { ...POD_READER, resources: ["*/log"] }, { subresource: "exec" }, false],
  ["any resource", { ...POD_READER, resources: ["*"] }, { subresource: "log" }, true],
  ["a name", { ...POD_READER, resourceNames: ["web"] }, {}, true],
  ["another name", { ...POD_READER, resourceNames: ["db"] }, {}, false],
  ["a name where none is asked for", { ...POD_READER, resourceNames: ["web"] }, { name: "" }, false],
  ["a path does not grant resources", { verbs: ["*"], nonResourceURLs: ["*"] }, {}, false],
];

for (const [title, rule, change, allowed] of RESOURCE_CASES) {
  test(`A rule for resources: ${title}`, () => {
    assert.equal(ruleAllows(rule, { ...GET_POD, ...change }), allowed);
  });
}

const PATH_CASES: readonly [pattern: string, path: string, allowed: boolean][] = [
  ["/healthz", "/healthz", true],
  ["/healthz", "/healthz/ping", false],
  ["/healthz/*", "/healthz/ping", true],
  ["/healthz/*", "/livez", false],
  ["*", "/anything", true],
];

for (const [pattern, path, allowed] of PATH_CASES) {
  test(`A rule for ${pattern} ${allowed ? "allows" : "does not allow"} ${path}`, () => {
    const rule = { verbs: ["get"], nonResourceURLs: [pattern] };
    assert.equal(ruleAllows(rule, { ...GET_POD, isResource: false, resource: "", path }), allowed);
  });
}
