import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestServer, type RawRequest, type TestServer } from "../../../testing/test-server.ts";

const API = "/apis/admissionregistration.k8s.io/v1";
const MAPS = "/api/v1/namespaces/default/configmaps";
const RULES = [{ operations: ["CREATE", "UPDATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] }];
const ONLY_HERE = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "default" } } };

async function send(api: TestServer, request: RawRequest) {
  const answer = await api.send({ headers: { "content-type": "application/json" }, ...request });
  return {
    ...answer,
    body: JSON.parse(answer.text) as {
      message?: string;
      reason?: string;
      data?: Record<string, string>;
      metadata: { labels?: object; managedFields?: { manager: string }[] };
      details?: { causes: { message: string }[] };
    },
  };
}

const post = (api: TestServer, url: string, body: object) => send(api, { method: "POST", url, body });

const map = (name: string, data?: Record<string, string>) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  ...(data ? { data } : {}),
});

/** A policy about ConfigMaps that makes these mutations, and its binding. */
async function enact(api: TestServer, [name, ...mutations]: readonly string[], spec: object = {}): Promise<void> {
  const made = mutations.map((expression) =>
    expression.startsWith("Object")
      ? { patchType: "ApplyConfiguration", applyConfiguration: { expression } }
      : { patchType: "JSONPatch", jsonPatch: { expression } },
  );
  const constraints = { matchConstraints: { resourceRules: RULES, ...ONLY_HERE }, reinvocationPolicy: "Never" };
  const policy = { metadata: { name }, spec: { ...constraints, mutations: made, ...spec } };
  for (const [plural, body] of [
    ["mutatingadmissionpolicies", policy],
    ["mutatingadmissionpolicybindings", { metadata: { name }, spec: { policyName: name } }],
  ] as const) {
    const { status, text } = await post(api, `${API}/${plural}`, body);
    assert.equal(status, 201, text);
  }
}

const append = (letter: string) =>
  `Object{data: {'seen': (has(object.data) && has(object.data.seen) ? object.data.seen : '') + '${letter}'}}`;

test("policies change what those before them have left, in the order of their names", async () => {
  await using api = await startTestServer();
  await enact(api, ["b", append("b"), append("c")]);
  await enact(api, ["a", append("a")]);
  const { body } = await post(api, MAPS, map("m"));
  assert.deepEqual(body.data, { seen: "abc" });
});

test("who wants it is asked again after a later change, the others are not", async () => {
  await using api = await startTestServer();
  await enact(api, ["a", append("a")], { reinvocationPolicy: "IfNeeded" });
  await enact(api, ["b", append("b")]);
  await enact(api, ["c", "Object{metadata: Object.metadata{labels: {'c': 'd'}}}"], { reinvocationPolicy: "IfNeeded" });
  const { body } = await post(api, MAPS, map("m"));
  assert.deepEqual(body.data, { seen: "aba" });
});

test("one failure does not keep other mutations from being made, and all failures are told", async () => {
  await using api = await startTestServer();
  await enact(api, ["a", "Object{data: {'x': object.data.missing}}", append("a")]);
  await enact(api, ["b", "[JSONPatch{op: 'remove', path: '/nothing'}]"]);
  await enact(api, ["c", "Object{data: {'x': object.data.missing}}"], { failurePolicy: "Ignore" });
  const { status, body } = await post(api, MAPS, map("m"));
  assert.deepEqual([status, body.reason], [403, "Invalid"]);
  const told = body.details!.causes.map(({ message }) => message);
  assert.equal(told.length, 2);
  assert.equal(body.message, told[0]);
  assert.match(
    told[0]!,
    /^policy 'a' with binding 'a' denied request: expression '.*' resulted in error: no such key: data$/,
  );
  assert.match(told[1]!, /^policy 'b' with binding 'b' denied request: JSON Patch: error in remove for path/);
});

test("a patch whose test fails changes nothing", async () => {
  await using api = await startTestServer();
  await enact(api, [
    "a",
    "[JSONPatch{op: 'add', path: '/metadata/labels', value: {'a': 'b'}}, JSONPatch{op: 'test', path: '/data/a', value: 'x'}]",
  ]);
  const { body } = await post(api, MAPS, map("m", { a: "b" }));
  assert.equal(body.metadata.labels, undefined);
});

test("what policies make is defaulted", async () => {
  await using api = await startTestServer();
  const services = [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["services"] }];
  const constraints = { matchConstraints: { resourceRules: services, ...ONLY_HERE } };
  await enact(api, ["a", "Object{spec: Object.spec{ports: [Object.spec.ports{port: 81, name: 'more'}]}}"], constraints);
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s" },
    spec: { ports: [{ port: 80, name: "http" }] },
  };
  const { body } = await post(api, "/api/v1/namespaces/default/services", service);
  const { ports } = (body as unknown as { spec: { ports: { name: string; targetPort: number; protocol: string }[] } })
    .spec;
  const shown = ports.map(({ name, targetPort, protocol }) => `${name} ${targetPort} ${protocol}`);
  assert.deepEqual(shown.sort(), ["http 80 TCP", "more 81 TCP"]);
});

test("names that objects inherit are fields like others", async () => {
  await using api = await startTestServer();
  await enact(api, ["a", "[JSONPatch{op: 'add', path: '/data', value: {'__proto__': 'x', 'constructor': 'y'}}]"]);
  const { text } = await post(api, MAPS, map("m"));
  assert.match(text, /"data":\{"__proto__":"x","constructor":"y"\}/);
});
