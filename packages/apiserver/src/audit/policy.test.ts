import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuthorizationAttributes } from "../authorization/authorizer.ts";
import { DEFAULT_AUDIT_POLICY } from "./default-policy.ts";
import { AuditPolicy, parseAuditPolicy } from "./policy.ts";

const HEAD = "apiVersion: audit.k8s.io/v1\nkind: Policy\n";

function asks(own: Partial<AuthorizationAttributes>): AuthorizationAttributes {
  return {
    user: { name: "jane", groups: ["developers", "system:authenticated"] },
    verb: "get",
    isResource: own.path === undefined,
    path: "",
    group: "",
    version: "v1",
    resource: "pods",
    subresource: "",
    namespace: "default",
    name: "a",
    ...own,
  };
}

const MATCHES: readonly (readonly [rule: string, asked: Partial<AuthorizationAttributes>, matches: boolean])[] = [
  ["users: [jane]", {}, true],
  ["users: [john]", {}, false],
  ["userGroups: [developers]", {}, true],
  ["userGroups: [operators]", {}, false],
  ["verbs: [list, get]", {}, true],
  ["verbs: [list]", {}, false],
  ["namespaces: [default]", {}, true],
  ["namespaces: [other]", {}, false],
  ['namespaces: [""]', { namespace: "", resource: "nodes" }, true],
  ["resources: [{ group: '' }]", {}, true],
  ["resources: [{ group: apps }]", {}, false],
  ["resources: [{ group: '*', resources: [pods] }]", {}, true],
  ["resources: [{ resources: [pods] }]", { subresource: "log" }, false],
  ["resources: [{ resources: [pods/log] }]", { subresource: "log" }, true],
  ["resources: [{ resources: [pods/log] }]", {}, false],
  ["resources: [{ resources: [pods/*] }]", { subresource: "log" }, true],
  ["resources: [{ resources: ['*/log'] }]", { subresource: "log" }, true],
  ["resources: [{ resources: ['*/log'] }]", { subresource: "exec" }, false],
  ["resources: [{ resources: ['*'] }]", { subresource: "exec" }, true],
  ["resources: [{ resources: [pods], resourceNames: [a] }]", {}, true],
  ["resources: [{ resources: [pods], resourceNames: [b] }]", {}, false],
  ["resources: [{ resources: [pods] }]", { path: "/version" }, false],
  ["nonResourceURLs: [/version]", { path: "/version" }, true],
  ["nonResourceURLs: [/version]", { path: "/version/a" }, false],
  ["nonResourceURLs: [/healthz*]", { path: "/healthz/a" }, true],
  ["nonResourceURLs: ['*']", { path: "/healthz/a" }, true],
  ["nonResourceURLs: ['*']", {}, false],
];

for (const [rule, asked, matches] of MATCHES)
  test(`${rule} ${matches ? "matches" : "does not match"} ${JSON.stringify(asked)}`, () => {
    const policy = new AuditPolicy(parseAuditPolicy(`${HEAD}rules: [{ level: Request, ${rule} }]`));
    assert.equal(policy.decide(asks(asked)).level, matches ? "Request" : "None");
  });

test("the first rule that matches decides, also what is left out", () => {
  const policy = new AuditPolicy(
    parseAuditPolicy(
      `${HEAD}omitStages: [Panic]\nomitManagedFields: true\nrules:\n` +
        "- { level: Metadata, users: [jane], omitStages: [RequestReceived], omitManagedFields: false }\n- { level: Request }",
    ),
  );
  const jane = policy.decide(asks({}));
  assert.deepEqual(
    [jane.level, [...jane.omitStages], jane.omitManagedFields],
    ["Metadata", ["Panic", "RequestReceived"], false],
  );
  const john = policy.decide(asks({ user: { name: "john", groups: [] } }));
  assert.deepEqual([john.level, [...john.omitStages], john.omitManagedFields], ["Request", ["Panic"], true]);
});

const REFUSED: readonly (readonly [text: string, says: RegExp])[] = [
  ["{", /it is no YAML/],
  ["a: b", /it is no Policy of audit.k8s.io\/v1; begin it with/],
  ["apiVersion: audit.k8s.io/v1beta1\nkind: Policy\nrules: [{ level: None }]", /it is no Policy/],
  [HEAD, /it has no rules/],
  [`${HEAD}rules: [{ level: All }]`, /^rules\[0\].level is one of None, Metadata, Request, RequestResponse$/],
  [`${HEAD}rules: [{ level: None, users: jane }]`, /rules\[0\].users is a list of texts/],
  [`${HEAD}omitStages: [Nope]\nrules: [{ level: None }]`, /"Nope": allowed stages are RequestReceived,/],
  [`${HEAD}rules: [{ level: None, nonResourceURLs: [a] }]`, /must begin with a '\/' character/],
  [`${HEAD}rules: [{ level: None, nonResourceURLs: [/a*b] }]`, /must be the final character/],
  [`${HEAD}rules: [{ level: None, nonResourceURLs: [/a], namespaces: [b] }]`, /cannot apply to both/],
  [`${HEAD}rules: [{ level: None, resources: [{ resourceNames: [a] }] }]`, /requires at least one resource/],
  [`${HEAD}rules: [{ level: None, resources: [{ group: a/v1 }] }]`, /resources\[0\].group: /],
];

for (const [text, says] of REFUSED)
  test(`a policy is refused: ${says.source}`, () => {
    assert.throws(() => parseAuditPolicy(text), { message: says });
  });

const node = { name: "system:node:a", groups: ["system:nodes"] };
const BY_DEFAULT: readonly (readonly [what: string, asked: Partial<AuthorizationAttributes>, level: string])[] = [
  ["a change", { verb: "create" }, "Metadata"],
  ["a read", {}, "None"],
  ["a read of a secret", { resource: "secrets" }, "Metadata"],
  ["a node's read of a secret", { resource: "secrets", user: node }, "None"],
  ["a node's report", { resource: "nodes", subresource: "status", verb: "patch", user: node }, "None"],
  ["a node's other change", { resource: "pods", verb: "delete", user: node }, "Metadata"],
  ["a way into a container", { subresource: "exec" }, "Metadata"],
  ["a token", { resource: "serviceaccounts", subresource: "token", verb: "create" }, "Metadata"],
  [
    "a review, which may carry a token",
    { group: "authentication.k8s.io", resource: "tokenreviews", verb: "create" },
    "None",
  ],
  ["a heartbeat", { group: "coordination.k8s.io", resource: "leases", verb: "update" }, "None"],
  ["an event", { resource: "events", verb: "create" }, "None"],
  ["a path", { path: "/metrics" }, "None"],
];

for (const [what, asked, level] of BY_DEFAULT)
  test(`by default, of ${what} ${level === "None" ? "nothing is recorded" : "it is recorded that it happened"}`, () => {
    assert.equal(new AuditPolicy(DEFAULT_AUDIT_POLICY).decide(asks(asked)).level, level);
  });

test("by default, nothing that was sent or answered is recorded of anything", () => {
  assert.deepEqual(
    DEFAULT_AUDIT_POLICY.rules.filter(({ level }) => level !== "None" && level !== "Metadata"),
    [],
  );
});
