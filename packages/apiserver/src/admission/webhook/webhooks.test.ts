import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ALLOW,
  CALL_FAILED,
  CONFIG_MAPS,
  configMap,
  patchOf,
  startWebhookBench,
  type ReviewAnswerer,
  type ReviewRequest,
} from "../../testing/webhook-bench.ts";

const dataOf = ({ object }: ReviewRequest): Record<string, string> =>
  (object as unknown as { data?: Record<string, string> }).data ?? {};

/** Adds its own letter to a text, so that it shows who came when. */
const appends =
  (letter: string): ReviewAnswerer =>
  (request) =>
    patchOf({ op: "add", path: "/data", value: { seen: (dataOf(request)["seen"] ?? "") + letter } });

test("a webhook is told of a request as upstream tells it", async () => {
  await using bench = await startWebhookBench({ v: ALLOW });
  await bench.configure("Validating", "v", {});
  const user = { name: "eve", groups: ["system:masters", "team"] };
  const url = `${CONFIG_MAPS}?fieldManager=me&fieldValidation=Strict`;
  const { status } = await bench.send({ method: "POST", url, user, body: configMap("m", { data: { a: "b" } }) });
  assert.equal(status, 201);
  const [{ uid, object, ...told }] = bench.asked("v") as [ReviewRequest];
  assert.match(uid, /^[0-9a-f]{8}-/);
  assert.deepEqual(told, {
    kind: { group: "", version: "v1", kind: "ConfigMap" },
    resource: { group: "", version: "v1", resource: "configmaps" },
    requestKind: { group: "", version: "v1", kind: "ConfigMap" },
    requestResource: { group: "", version: "v1", resource: "configmaps" },
    name: "m",
    namespace: "default",
    operation: "CREATE",
    userInfo: {
      username: "eve",
      groups: ["system:masters", "team", "system:authenticated"],
      extra: { "authentication.kubernetes.io/credential-id": ["X509SHA256=00"] },
    },
    oldObject: null,
    dryRun: false,
    options: {
      kind: "CreateOptions",
      apiVersion: "meta.k8s.io/v1",
      fieldManager: "me",
      fieldValidation: "Strict",
    },
  });
  const { metadata, ...rest } = object as unknown as { metadata: Record<string, unknown> };
  assert.deepEqual(rest, { kind: "ConfigMap", apiVersion: "v1", data: { a: "b" } });
  assert.deepEqual(Object.keys(metadata), ["name", "namespace", "uid", "creationTimestamp", "managedFields"]);
});

test("what is changed and what is deleted is told with what was there", async () => {
  await using bench = await startWebhookBench({ v: ALLOW });
  await bench.post(CONFIG_MAPS, configMap("m", { data: { a: "1" } }));
  await bench.configure("Validating", "v", {});
  await bench.send({ method: "PUT", url: `${CONFIG_MAPS}/m`, body: configMap("m", { data: { a: "2" } }) });
  const headers = { "content-type": "application/merge-patch+json" };
  await bench.send({ method: "PATCH", url: `${CONFIG_MAPS}/m?dryRun=All`, headers, body: { data: { a: "3" } } });
  await bench.send({ method: "DELETE", url: `${CONFIG_MAPS}/m`, body: { gracePeriodSeconds: 5 } });
  const told = bench.asked("v").map((request) => ({
    operation: request.operation,
    dryRun: request["dryRun"],
    object: request.object && dataOf(request)["a"],
    old: (request["oldObject"] as { data: { a: string } }).data.a,
    options: (request["options"] as { kind: string }).kind,
  }));
  assert.deepEqual(told, [
    { operation: "UPDATE", dryRun: false, object: "2", old: "1", options: "UpdateOptions" },
    { operation: "UPDATE", dryRun: true, object: "3", old: "2", options: "UpdateOptions" },
    { operation: "DELETE", dryRun: false, object: null, old: "2", options: "DeleteOptions" },
  ]);
});

test("a refusal is the webhook's status with its name before it, and nothing is written", async () => {
  const refusals: ReviewAnswerer[] = [
    () => ({ allowed: false }),
    () => ({ allowed: false, status: { reason: "BecauseOf", code: 200 } }),
    () => ({ allowed: false, status: { message: "no", reason: "Gone", code: 410, details: { name: "x" } } }),
  ];
  let next = 0;
  await using bench = await startWebhookBench({ v: (...of) => refusals[next++]!(...of) });
  await bench.configure("Validating", "v", {});
  const told = [];
  for (const _ of refusals) {
    const { body } = await bench.post(CONFIG_MAPS, configMap("m"));
    told.push([body["code"], body["reason"], body["message"], body["details"]]);
  }
  const who = 'admission webhook "v.hook.test" denied the request';
  assert.deepEqual(told, [
    [400, undefined, `${who} without explanation`, undefined],
    [400, "BecauseOf", `${who}: BecauseOf`, undefined],
    [410, "Gone", `${who}: no`, { name: "x" }],
  ]);
  assert.equal((await bench.send({ url: `${CONFIG_MAPS}/m` })).status, 404);
});

test("warnings reach the client, from who allows and from who refuses", async () => {
  await using bench = await startWebhookBench({
    v: ({ name }) => ({ allowed: name === "good", warnings: [`about ${name}`] }),
  });
  await bench.configure("Validating", "v", {});
  for (const name of ["good", "bad"]) {
    const { headers } = await bench.post(CONFIG_MAPS, configMap(name));
    assert.deepEqual([headers["warning"]].flat(), [`299 - "about ${name}"`]);
  }
});

test("mutating webhooks come in the order of their names, each after what the one before has left", async () => {
  await using bench = await startWebhookBench({ a: appends("a"), b: appends("b"), v: ALLOW });
  await bench.configure("Validating", "v", {});
  await bench.configure("Mutating", "b", {});
  await bench.configure("Mutating", "a", {});
  const { body } = await bench.post(CONFIG_MAPS, configMap("m"));
  assert.deepEqual(body["data"], { seen: "ab" });
  assert.deepEqual(dataOf(bench.asked("v")[0]!), { seen: "ab" });
});

test("who wants it is called again when another has changed the object after it", async () => {
  await using bench = await startWebhookBench({
    a: appends("a"),
    b: appends("b"),
    c: ALLOW,
    d: appends("d"),
  });
  for (const name of ["a", "c", "d"]) await bench.configure("Mutating", name, { reinvocationPolicy: "IfNeeded" });
  await bench.configure("Mutating", "b", {});
  const { body } = await bench.post(CONFIG_MAPS, configMap("m"));
  assert.deepEqual(body["data"], { seen: "abdad" });
  assert.deepEqual(
    ["a", "b", "c", "d"].map((path) => bench.asked(path).length),
    [2, 1, 2, 2],
  );
});

test("nobody is called first when others are called again", async () => {
  await using bench = await startWebhookBench({
    a: () => patchOf({ op: "add", path: "/metadata/labels", value: { late: "yes" } }),
    b: ALLOW,
  });
  await bench.configure("Mutating", "b", { objectSelector: { matchLabels: { late: "yes" } } });
  await bench.configure("Mutating", "c", {
    clientConfig: { url: "https://hook.test/a", caBundle: bench.hooks.caBundle },
  });
  await bench.post(CONFIG_MAPS, configMap("m"));
  assert.equal(bench.asked("b").length, 0);
});

test("what a webhook has written is defaulted and validated as what a client writes", async () => {
  const secret = { op: "add", path: "/immutable", value: "yes" };
  await using bench = await startWebhookBench({
    a: ({ name }) => patchOf(name === "bad" ? secret : { op: "replace", path: "/metadata/name", value: "B" }),
    s: () => patchOf({ op: "replace", path: "/spec/ports", value: [{ port: 80 }] }),
  });
  await bench.configure("Mutating", "a", {});
  const rules = [{ operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["services"] }];
  await bench.configure("Mutating", "s", { rules });
  const bad = await bench.post(CONFIG_MAPS, configMap("bad"));
  assert.equal(bad.status, 500);
  assert.match(
    bad.body["message"] as string,
    /^Internal error occurred: .*cannot unmarshal string into Go struct field/,
  );
  assert.equal((await bench.post(CONFIG_MAPS, configMap("m"))).status, 422);
  const service = { apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec: { ports: [{ port: 1 }] } };
  const { body } = await bench.post("/api/v1/namespaces/default/services", service);
  assert.deepEqual((body["spec"] as { ports: unknown }).ports, [{ protocol: "TCP", port: 80, targetPort: 80 }]);
});

for (const [what, answer, why] of [
  [
    "another uid",
    () => ({ allowed: true, uid: "x" }),
    /received invalid webhook response: expected response.uid="[0-9a-f-]+", got "x"$/,
  ],
  [
    "a patch without its type",
    () => ({ allowed: true, patch: "W10=" }),
    /webhook returned response.patch but not response.patchType$/,
  ],
  [
    "a type without a patch",
    () => ({ allowed: true, patchType: "JSONPatch" }),
    /webhook returned response.patchType but not response.patch$/,
  ],
  [
    "an empty type",
    () => ({ allowed: true, patch: "W10=", patchType: "" }),
    /webhook returned invalid response.patchType of ""$/,
  ],
  [
    "a patch that is none",
    () => ({ allowed: true, patch: "e30=", patchType: "JSONPatch" }),
    /received undecodable patch in webhook response: json: cannot unmarshal object into Go value of type jsonpatch.Patch$/,
  ],
  [
    "a patch of another type",
    () => ({
      allowed: true,
      patch: Buffer.from('[{"op":"remove","path":"/data"}]').toString("base64"),
      patchType: "Merge",
    }),
    /unsupported patch type "Merge"$/,
  ],
  [
    "no response",
    (_request, response) => void response.end('{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}'),
    /received invalid webhook response: webhook response was absent$/,
  ],
  [
    "another kind",
    ({ uid }, response) => void response.end(JSON.stringify({ kind: "Review", apiVersion: "v2", response: { uid } })),
    /failed to call webhook: no kind "Review" is registered for version "v2" in scheme "pkg\/runtime\/scheme.go:111"$/,
  ],
  [
    "no JSON",
    (_request, response) => void response.end("hello"),
    /failed to call webhook: couldn't get version\/kind; json parse error: json: cannot unmarshal string into Go value of type struct/,
  ],
  [
    "an error",
    (_request, response) => void response.writeHead(500).end("broken"),
    /failed to call webhook: an error on the server \("broken"\) has prevented the request from succeeding$/,
  ],
] as const satisfies readonly (readonly [string, ReviewAnswerer, RegExp])[])
  test(`a webhook that answers with ${what} has failed: by its policy the write fails, or goes on`, async () => {
    await using bench = await startWebhookBench({ a: answer });
    await bench.configure("Mutating", "a", {});
    const { status, body } = await bench.post(CONFIG_MAPS, configMap("m", { data: {} }));
    assert.equal(status, 500);
    assert.equal(body["reason"], "InternalError");
    assert.ok((body["message"] as string).startsWith(`${CALL_FAILED} "a.hook.test": `));
    assert.match(body["message"] as string, why);
    await bench.send({
      method: "DELETE",
      url: "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/a",
    });
    await bench.configure("Mutating", "a", { failurePolicy: "Ignore" });
    assert.equal((await bench.post(CONFIG_MAPS, configMap("m", { data: {} }))).status, 201);
    assert.equal(bench.asked("a").length, 2);
  });

test("a validating webhook may not patch", async () => {
  await using bench = await startWebhookBench({ v: () => patchOf({ op: "remove", path: "/data" }) });
  await bench.configure("Validating", "v", {});
  const { body } = await bench.post(CONFIG_MAPS, configMap("m", { data: {} }));
  assert.match(body["message"] as string, /validating webhook may not return response.patch$/);
});

test("what is deleted cannot be patched", async () => {
  await using bench = await startWebhookBench({ a: () => patchOf({ op: "remove", path: "/data" }) });
  await bench.post(CONFIG_MAPS, configMap("m"));
  await bench.configure("Mutating", "a", {});
  const { body } = await bench.send({ method: "DELETE", url: `${CONFIG_MAPS}/m` });
  const why = "attempted to modify the object, which is not supported for this operation";
  assert.equal(body["message"], `Internal error occurred: admission webhook "a.hook.test" ${why}`);
});

test("owners of fields that a webhook has made a mess of are those from before, with a warning", async () => {
  await using bench = await startWebhookBench({
    a: () => patchOf({ op: "replace", path: "/metadata/managedFields/0/operation", value: "Steal" }),
  });
  await bench.configure("Mutating", "a", {});
  const { body, headers } = await bench.post(`${CONFIG_MAPS}?fieldManager=me`, configMap("m", { data: { a: "b" } }));
  const [entry] = (body["metadata"] as { managedFields: { operation: string; manager: string }[] }).managedFields;
  assert.deepEqual([entry?.manager, entry?.operation], ["me", "Update"]);
  assert.match(
    [headers["warning"]].flat()[0] as string,
    /managedFields was in an invalid state after admission.*operation must be `Apply` or `Update`/,
  );
});

test("an older review is answered more freely", async () => {
  await using bench = await startWebhookBench({
    a: () => ({ ...patchOf({ op: "add", path: "/data", value: { a: "b" } }), uid: "whoever", patchType: undefined }),
  });
  await bench.configure("Mutating", "a", { admissionReviewVersions: ["v3", "v1beta1", "v1"] });
  const { body } = await bench.post(CONFIG_MAPS, configMap("m"));
  assert.deepEqual(body["data"], { a: "b" });
});

test("what the server itself adds to an object is added once, however often the object is admitted", async () => {
  await using bench = await startWebhookBench({
    a: () => patchOf({ op: "add", path: "/metadata/labels", value: { changed: "yes" } }),
  });
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
  await bench.post("/api/v1/namespaces/default/serviceaccounts", account);
  const pod = (name: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { containers: [{ name: "c", image: "i" }] },
  });
  const specOf = async (name: string) => {
    const { body } = await bench.post("/api/v1/namespaces/default/pods", pod(name));
    return JSON.stringify(body["spec"]).replaceAll(/kube-api-access-\w{5}/g, "kube-api-access");
  };
  const once = await specOf("once");
  const rules = [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }];
  await bench.configure("Mutating", "a", { rules });
  assert.equal(await specOf("twice"), once);
  assert.equal(bench.asked("a").length, 1);
});
