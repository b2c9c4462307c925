import assert from "node:assert/strict";
import { test } from "node:test";
import { isTrue, parseRequestInfo, type ResourceRequest } from "./request-info.ts";

function parse(method: string, url: string) {
  const [path = "", query = ""] = url.split("?");
  return parseRequestInfo(method, path, new URLSearchParams(query));
}

const CASES: readonly [method: string, url: string, expected: Partial<ResourceRequest>][] = [
  ["GET", "/api/v1/pods", { verb: "list", group: "", version: "v1", resource: "pods", namespace: "", name: "" }],
  ["GET", "/api/v1/namespaces/a/pods", { verb: "list", namespace: "a", resource: "pods" }],
  ["GET", "/api/v1/namespaces/a/pods/web", { verb: "get", namespace: "a", name: "web", subresource: "" }],
  ["HEAD", "/api/v1/namespaces/a/pods/web", { verb: "get" }],
  ["POST", "/api/v1/namespaces/a/pods", { verb: "create", name: "" }],
  ["PUT", "/api/v1/namespaces/a/pods/web/status", { verb: "update", name: "web", subresource: "status" }],
  ["PATCH", "/apis/apps/v1/namespaces/a/deployments/web", { verb: "patch", group: "apps", apiVersion: "apps/v1" }],
  ["DELETE", "/api/v1/namespaces/a/pods/web", { verb: "delete" }],
  ["DELETE", "/api/v1/namespaces/a/pods", { verb: "deletecollection" }],
  ["GET", "/api/v1/pods?watch=1", { verb: "watch" }],
  ["GET", "/api/v1/pods?watch=false", { verb: "list" }],
  ["GET", "/api/v1/namespaces/a/pods/web?watch=true", { verb: "get", name: "web" }],
  ["GET", "/api/v1/watch/namespaces/a/pods/web", { verb: "watch", namespace: "a", name: "web" }],
  ["GET", "/api/v1/namespaces", { verb: "list", resource: "namespaces", namespace: "" }],
  ["GET", "/api/v1/namespaces/a", { verb: "get", resource: "namespaces", namespace: "a", name: "a" }],
  ["PUT", "/api/v1/namespaces/a/finalize", { resource: "namespaces", name: "a", subresource: "finalize" }],
  ["GET", "/api/v1/nodes/n/proxy/stats/summary", { name: "n", subresource: "proxy", rest: "stats/summary" }],
  ["GET", "/api/v1/pods?fieldSelector=metadata.name%3Dweb", { verb: "list", name: "web" }],
  ["GET", "/api/v1/pods?fieldSelector=metadata.name!%3Dweb", { verb: "list", name: "" }],
  // What only looks like a name: part of an escaped value, and a value that no object can be called.
  ["GET", `/api/v1/secrets?fieldSelector=${encodeURIComponent("metadata.name!=x\\,metadata.name=web")}`, { name: "" }],
  ["GET", `/api/v1/secrets?fieldSelector=${encodeURIComponent("type=a\\,metadata.name=web")}`, { name: "" }],
  ["GET", `/api/v1/secrets?fieldSelector=${encodeURIComponent("metadata.name=a/b")}`, { name: "" }],
  ["GET", "/api/v1/secrets?fieldSelector=metadata.name%3Dweb,metadata.name", { verb: "list", name: "" }],
  ["GET", "/api/v1/secrets?fieldSelector=type%3Da,metadata.name%3D%3Dweb", { verb: "list", name: "web" }],
  ["DELETE", "/api/v1/secrets?fieldSelector=metadata.name%3Dweb", { verb: "deletecollection", name: "" }],
  ["GET", "/api/v1/namespaces/a/pods/w%2Fb", { name: "w/b", subresource: "" }],
];

for (const [method, url, expected] of CASES) {
  test(`${method} ${url}`, () => {
    const info = parse(method, url);
    assert.ok(info.isResource);
    assert.partialDeepStrictEqual(info, expected);
  });
}

for (const path of ["/", "/healthz", "/api", "/api/v1", "/apis/apps", "/apis/apps/v1", "/version"]) {
  test(`${path} asks for no resource`, () => {
    assert.deepEqual(parse("GET", path), { isResource: false, path, verb: "get" });
  });
}

test("A path that is not percent-encoded throws", () => {
  assert.throws(() => parse("GET", "/api/v1/pods/%zz"), URIError);
});

test("A parameter that is present and empty is set", () => {
  assert.deepEqual(
    ["", "1", "true", "0", "False", null].map((text) => isTrue(text)),
    [true, true, true, false, false, false],
  );
});
