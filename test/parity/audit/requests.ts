import type { RawRequest } from "../../../packages/apiserver/src/testing/test-server.ts";

interface AuditedRequest extends RawRequest {
  readonly name: string;
}

const CONFIG_MAPS = "/api/v1/namespaces/recorded/configmaps";
const merge = { "content-type": "application/merge-patch+json" };
const map = (name: string, data: object) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });

/** What is recorded of each was asked of upstream, with the policy beside this file. */
export const AUDITED_REQUESTS: readonly AuditedRequest[] = [
  {
    name: "a namespace is created",
    method: "POST",
    url: "/api/v1/namespaces?fieldManager=audited",
    body: { metadata: { name: "recorded" } },
  },
  { name: "a create", method: "POST", url: CONFIG_MAPS, body: map("a", { a: "b" }) },
  {
    name: "a create with a generated name",
    method: "POST",
    url: CONFIG_MAPS,
    body: { ...map("", {}), metadata: { generateName: "g-" } },
  },
  { name: "a create of what is there", method: "POST", url: CONFIG_MAPS, body: map("a", {}) },
  { name: "a create that is not valid", method: "POST", url: CONFIG_MAPS, body: map("A_", {}) },
  { name: "a body that is no JSON", method: "POST", url: CONFIG_MAPS, text: "{" },
  { name: "a read", url: `${CONFIG_MAPS}/a?pretty=false` },
  { name: "a read of what is missing", url: `${CONFIG_MAPS}/none` },
  { name: "an update", method: "PUT", url: `${CONFIG_MAPS}/a`, body: map("a", { a: "c" }) },
  { name: "a merge patch", method: "PATCH", url: `${CONFIG_MAPS}/a`, headers: merge, body: { data: { d: "e" } } },
  {
    name: "an apply",
    method: "PATCH",
    url: `${CONFIG_MAPS}/applied?fieldManager=m`,
    headers: { "content-type": "application/apply-patch+yaml" },
    body: map("applied", { x: "y" }),
  },
  { name: "a delete", method: "DELETE", url: `${CONFIG_MAPS}/a` },
  {
    name: "a request alone is recorded",
    method: "POST",
    url: "/apis/apps/v1/namespaces/recorded/controllerrevisions",
    body: { apiVersion: "apps/v1", kind: "ControllerRevision", metadata: { name: "r" }, data: { b: 1 }, revision: 1 },
  },
  { name: "a path that is not recorded", url: "/healthz" },
  { name: "another path", url: "/version" },
  { name: "a path that is not there", url: "/nope?a=b&c=d%20e" },
  { name: "what no rule names", url: "/api/v1/namespaces/recorded/secrets" },
  { name: "nobody in particular", url: "/api/v1/nodes", user: null },
  { name: "a wrong token", url: "/api/v1/nodes", user: null, headers: { authorization: "Bearer nope" } },
  {
    name: "on behalf of somebody else",
    method: "POST",
    url: "/api/v1/namespaces/recorded/secrets",
    headers: { "impersonate-user": "somebody", "impersonate-group": "some" },
    body: { metadata: { name: "s" } },
  },
  {
    name: "a review",
    method: "POST",
    url: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
  },
  {
    name: "a given identifier",
    method: "POST",
    url: CONFIG_MAPS,
    headers: { "audit-id": "mine" },
    body: map("mine", {}),
  },
];
