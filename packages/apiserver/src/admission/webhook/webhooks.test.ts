import assert from "node:assert/strict";
import { test } from "node:test";
import { startWebhookBench, type ReviewAnswerer, type ReviewRequest } from "../../testing/webhook-bench.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const ALLOW: ReviewAnswerer = () => ({ allowed: true });
const INTERNAL = "Internal error occurred: failed calling webhook";

const map = (name: string, more: object = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, ...more });

const patchOf = (...operations: object[]) => ({
  allowed: true,
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify(operations)).toString("base64"),
});

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
  const url = `${MAPS}?fieldManager=me&fieldValidation=Strict`;
  const { status } = await bench.send({ method: "POST", url, user, body: map("m", { data: { a: "b" } }) });
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
  await bench.post(MAPS, map("m", { data: { a: "1" } }));
  await bench.configure("Validating", "v", {});
  await bench.send({ method: "PUT", url: `${MAPS}/m`, body: map("m", { data: { a: "2" } }) });
  const headers = { "content-type": "application/merge-patch+json" };
  await bench.send({ method: "PATCH", url: `${MAPS}/m?dryRun=All`, headers, body: { data: { a: "3" } } });
  await bench.send({ method: "DELETE", url: `${MAPS}/m`, body: { gracePeriodSeconds: 5 } });
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
    const { body } = await bench.post(MAPS, map("m"));
    told.push([body["code"], body["reason"], body["message"], body["details"]]);
  }
  const who = 'admission webhook "v.hook.test" denied the request';
  assert.deepEqual(told, [
    [400, undefined, `${who} without explanation`, undefined],
    [400, "BecauseOf", `${who}: BecauseOf`, undefined],
    [410, "Gone", `${who}: no`, { name: "x" }],
  ]);
  assert.equal((await bench.send({ url: `${MAPS}/m` })).status, 404);
});

test("warnings reach the client, from who allows and from who refuses", async () => {
  await using bench = await startWebhookBench({
    v: ({ name }) => ({ allowed: name === "good", warnings: [`about ${name}`] }),
  });
  await bench.configure("Validating", "v", {});
  for (const name of ["good", "bad"]) {
    const { headers } = await bench.post(MAPS, map(name));
    assert.deepEqual([headers["warning"]].flat(), [`299 - "about ${name}"`]);
  }
});

test("mutating webhooks come in the order of their names, each after what the one before has left", async () => {
  await using bench = await startWebhookBench({ a: appends("a"), b: appends("b"), v: ALLOW });
  await bench.configure("Validating", "v", {});
  await bench.configure("Mutating", "b", {});
  await bench.configure("Mutating", "a", {});
  const { body } = await bench.post(MAPS, map("m"));
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
  const { body } = await bench.post(MAPS, map("m"));
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
  await bench.post(MAPS, map("m"));
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
  const bad = await bench.post(MAPS, map("bad"));
  assert.equal(bad.status, 500);
  assert.match(
    bad.body["message"] as string,
    /^Internal error occurred: .*cannot unmarshal string into Go struct field/,
  );
  assert.equal((await bench.post(MAPS, map("m"))).status, 422);
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
    const { status, body } = await bench.post(MAPS, map("m", { data: {} }));
    assert.equal(status, 500);
    assert.equal(body["reason"], "InternalError");
    assert.ok((body["message"] as string).startsWith(`${INTERNAL} "a.hook.test": `));
    assert.match(body["message"] as string, why);
    await bench.send({
      method: "DELETE",
      url: "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/a",
    });
    await bench.configure("Mutating", "a", { failurePolicy: "Ignore" });
    assert.equal((await bench.post(MAPS, map("m", { data: {} }))).status, 201);
    assert.equal(bench.asked("a").length, 2);
  });

test("a validating webhook may not patch", async () => {
  await using bench = await startWebhookBench({ v: () => patchOf({ op: "remove", path: "/data" }) });
  await bench.configure("Validating", "v", {});
  const { body } = await bench.post(MAPS, map("m", { data: {} }));
  assert.match(body["message"] as string, /validating webhook may not return response.patch$/);
});

test("what is deleted cannot be patched", async () => {
  await using bench = await startWebhookBench({ a: () => patchOf({ op: "remove", path: "/data" }) });
  await bench.post(MAPS, map("m"));
  await bench.configure("Mutating", "a", {});
  const { body } = await bench.send({ method: "DELETE", url: `${MAPS}/m` });
  const why = "attempted to modify the object, which is not supported for this operation";
  assert.equal(body["message"], `Internal error occurred: admission webhook "a.hook.test" ${why}`);
});

test("a trial calls only webhooks without side effects", async () => {
  await using bench = await startWebhookBench({ v: ALLOW });
  await bench.configure("Validating", "v", { sideEffects: "NoneOnDryRun" });
  assert.equal((await bench.post(`${MAPS}?dryRun=All`, map("m"))).status, 201);
  assert.equal(bench.asked("v")[0]!["dryRun"], true);
});

test("a webhook is called about what its rules name, and nothing else", async () => {
  await using bench = await startWebhookBench({ v: ALLOW });
  const rules = [
    { operations: ["UPDATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] },
    {
      operations: ["CREATE"],
      apiGroups: [""],
      apiVersions: ["v1"],
      resources: ["pods/*", "secrets"],
      scope: "Namespaced",
    },
    { operations: ["*"], apiGroups: [""], apiVersions: ["*"], resources: ["*"], scope: "Cluster" },
  ];
  await bench.configure("Validating", "v", { rules, namespaceSelector: {} });
  await bench.post(MAPS, map("m"));
  assert.equal(bench.asked("v").length, 0);
  await bench.send({ method: "PUT", url: `${MAPS}/m`, body: map("m", { data: { a: "b" } }) });
  await bench.post("/api/v1/namespaces/default/secrets", { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } });
  await bench.post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } });
  const told = bench.asked("v").map(({ operation, namespace, name, resource }) => ({
    operation,
    namespace,
    name,
    resource: (resource as { resource: string }).resource,
  }));
  assert.deepEqual(told, [
    { operation: "UPDATE", namespace: "default", name: "m", resource: "configmaps" },
    { operation: "CREATE", namespace: "default", name: "s", resource: "secrets" },
    { operation: "CREATE", namespace: "n", name: "n", resource: "namespaces" },
  ]);
});

test("subresources are told by what is written there: a Scale, a Binding, an exec", async () => {
  await using bench = await startWebhookBench({ v: ({ operation }) => ({ allowed: operation !== "CONNECT" }) });
  const rules = [
    {
      operations: ["*"],
      apiGroups: ["*"],
      apiVersions: ["*"],
      resources: ["deployments/scale", "pods/binding", "pods/exec", "services/proxy"],
    },
  ];
  await bench.configure("Validating", "v", { rules, namespaceSelector: {} });
  const labels = { app: "d" };
  const spec = { containers: [{ name: "c", image: "i" }] };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "d" },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
  await bench.post("/apis/apps/v1/namespaces/default/deployments", deployment);
  const headers = { "content-type": "application/merge-patch+json" };
  const scaled = await bench.send({
    method: "PATCH",
    url: "/apis/apps/v1/namespaces/default/deployments/d/scale",
    headers,
    body: { spec: { replicas: 3 } },
  });
  assert.equal(scaled.status, 200, scaled.text);
  await bench.post("/api/v1/namespaces/default/serviceaccounts", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default" },
  });
  const pod = await bench.post("/api/v1/namespaces/default/pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec,
  });
  assert.equal(pod.status, 201, pod.text);
  await bench.post("/api/v1/namespaces/default/pods/p/binding", {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name: "p" },
    target: { name: "n" },
  });
  const exec = await bench.send({
    method: "POST",
    url: "/api/v1/namespaces/default/pods/p/exec?command=ls&command=-l&stdout=true&container=c",
  });
  assert.match(exec.body["message"] as string, /denied the request/);
  await bench.send({ url: "/api/v1/namespaces/default/services/https:s:1/proxy/a/proxy/b" });
  const told = bench.asked("v").map(({ subResource, kind, object, options, name }) => {
    const { metadata: _metadata, status: _status, ...rest } = object as unknown as Record<string, unknown>;
    return {
      subResource,
      kind: (kind as { kind: string }).kind,
      object: rest,
      options: (options as { kind: string } | null)?.kind,
      name,
    };
  });
  assert.deepEqual(told, [
    {
      subResource: "scale",
      kind: "Scale",
      object: { kind: "Scale", apiVersion: "autoscaling/v1", spec: { replicas: 3 } },
      options: "UpdateOptions",
      name: "d",
    },
    {
      subResource: "binding",
      kind: "Binding",
      object: { kind: "Binding", apiVersion: "v1", target: { name: "n" } },
      options: "CreateOptions",
      name: "p",
    },
    {
      subResource: "exec",
      kind: "PodExecOptions",
      object: { kind: "PodExecOptions", apiVersion: "v1", stdout: true, container: "c", command: ["ls", "-l"] },
      options: undefined,
      name: "p",
    },
    {
      subResource: "proxy",
      kind: "ServiceProxyOptions",
      object: { kind: "ServiceProxyOptions", apiVersion: "v1", path: "/a/proxy/b" },
      options: undefined,
      name: "https:s:1",
    },
  ]);
});

test("a webhook that knows another version is told in that one, unless it wants no other", async () => {
  const event = {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "e" },
    involvedObject: { kind: "Pod", name: "p", namespace: "default" },
    reason: "R",
    type: "Normal",
    message: "hello",
    action: "a",
    reportingComponent: "x",
    reportingInstance: "y",
    eventTime: "2026-01-01T00:00:00.000000Z",
  };
  await using bench = await startWebhookBench({
    a: () => patchOf({ op: "replace", path: "/note", value: "changed" }),
    v: ALLOW,
  });
  const rules = [{ operations: ["*"], apiGroups: ["events.k8s.io"], apiVersions: ["v1"], resources: ["events"] }];
  await bench.configure("Mutating", "a", { rules });
  await bench.configure("Validating", "v", { rules, matchPolicy: "Exact" });
  const { status, body, text } = await bench.post("/api/v1/namespaces/default/events", event);
  assert.equal(status, 201, text);
  assert.equal(body["message"], "changed");
  const [told] = bench.asked("a") as [ReviewRequest];
  assert.deepEqual(told["kind"], { group: "events.k8s.io", version: "v1", kind: "Event" });
  assert.deepEqual(told["requestKind"], { group: "", version: "v1", kind: "Event" });
  assert.deepEqual(told["requestResource"], { group: "", version: "v1", resource: "events" });
  const { apiVersion, note } = told.object as unknown as { apiVersion: string; note: string };
  assert.deepEqual([apiVersion, note], ["events.k8s.io/v1", "hello"]);
  assert.equal(bench.asked("v").length, 0);
});

test("selectors choose by the namespace's labels and the object's, before or after", async () => {
  await using bench = await startWebhookBench({ n: ALLOW, o: ALLOW });
  const chosen = { matchLabels: { pick: "me" } };
  await bench.configure("Validating", "n", { namespaceSelector: chosen });
  await bench.configure("Validating", "o", { objectSelector: chosen, namespaceSelector: {} });
  const labels = { pick: "me" };
  await bench.post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "n", labels } });
  await bench.post(MAPS, map("plain"));
  await bench.post("/api/v1/namespaces/n/configmaps", map("there"));
  const labelled = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "o", labels } };
  await bench.post(MAPS, labelled);
  await bench.send({ method: "PUT", url: `${MAPS}/o`, body: map("o") });
  await bench.send({ method: "PUT", url: `${MAPS}/o`, body: map("o", { data: { a: "b" } }) });
  assert.deepEqual(
    bench.asked("n").map(({ name }) => name),
    ["there"],
  );
  assert.deepEqual(
    bench.asked("o").map(({ name, operation }) => `${operation} ${name}`),
    ["CREATE o", "UPDATE o"],
  );
});

test("a namespace that is written is chosen by the labels that it is to have, one that is deleted by those it has", async () => {
  await using bench = await startWebhookBench({ v: ALLOW });
  const rules = [{ operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["namespaces"] }];
  await bench.configure("Validating", "v", { rules, namespaceSelector: { matchLabels: { pick: "me" } } });
  const named = (name: string, labels: object) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
  for (const [name, labels] of [
    ["no", {}],
    ["yes", { pick: "me" }],
  ] as const) {
    await bench.post("/api/v1/namespaces", named(name, labels));
    await bench.send({ method: "DELETE", url: `/api/v1/namespaces/${name}` });
  }
  assert.deepEqual(
    bench.asked("v").map(({ name, operation }) => `${operation} ${name}`),
    ["CREATE yes", "DELETE yes"],
  );
});

test("a webhook is not called where one of its conditions is false", async () => {
  await using bench = await startWebhookBench({ v: ALLOW });
  const matchConditions = [
    { name: "wanted", expression: "object.metadata.name.startsWith('w')" },
    {
      name: "allowed",
      expression:
        "!authorizer.group('').resource('secrets').namespace('default').check('get').allowed() || request.userInfo.username == 'admin'",
    },
  ];
  await bench.configure("Validating", "v", { matchConditions });
  for (const name of ["x", "w"]) assert.equal((await bench.post(MAPS, map(name))).status, 201);
  assert.deepEqual(
    bench.asked("v").map(({ name }) => name),
    ["w"],
  );
});

test("where a condition cannot be told the failure policy decides", async () => {
  await using bench = await startWebhookBench({ v: ALLOW, w: ALLOW });
  const broken = { name: "broken", expression: "object.data.missing == 'x'" };
  await bench.configure("Validating", "v", { matchConditions: [broken] });
  const { status, body } = await bench.post(MAPS, map("m", { data: {} }));
  assert.equal(status, 403);
  const why = "expression 'object.data.missing == 'x'' resulted in error: no such key: data";
  assert.equal(body["message"], `configmaps "m" is forbidden: ${why}`);
  await bench.send({
    method: "DELETE",
    url: "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/v",
  });
  const never = { name: "never", expression: "false" };
  await bench.configure("Validating", "v", { matchConditions: [broken, never] });
  await bench.configure("Validating", "w", { matchConditions: [broken], failurePolicy: "Ignore" });
  assert.equal((await bench.post(MAPS, map("m"))).status, 201);
  assert.deepEqual([bench.asked("v"), bench.asked("w")], [[], []]);
});

test("configurations and policies are never sent to webhooks: whoever is locked out can take back what did it", async () => {
  await using bench = await startWebhookBench({ a: () => ({ allowed: false }), v: () => ({ allowed: false }) });
  const rules = [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*"] }];
  await bench.configure("Validating", "v", { rules, namespaceSelector: {} });
  await bench.configure("Mutating", "a", { rules, namespaceSelector: {} });
  for (const kind of ["mutating", "validating"]) {
    const url = `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/${kind === "mutating" ? "a" : "v"}`;
    assert.equal((await bench.send({ method: "DELETE", url })).status, 200);
  }
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { nonResourceAttributes: { path: "/", verb: "get" } },
  };
  assert.equal((await bench.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)).status, 201);
  assert.deepEqual([bench.asked("a"), bench.asked("v")], [[], []]);
});

test("validating webhooks are asked at the same time, and the time of the slowest is that of all", async () => {
  const both = Promise.withResolvers<void>();
  let waiting = 0;
  const meet: ReviewAnswerer = ({ uid }, response) => {
    if (++waiting === 2) both.resolve();
    void both.promise.then(() =>
      response.end(
        JSON.stringify({
          kind: "AdmissionReview",
          apiVersion: "admission.k8s.io/v1",
          response: { uid, allowed: true },
        }),
      ),
    );
    return undefined;
  };
  await using bench = await startWebhookBench({ v: meet, w: meet });
  await bench.configure("Validating", "v", {});
  await bench.configure("Validating", "w", {});
  assert.equal((await bench.post(MAPS, map("m"))).status, 201);
});

test("while a webhook thinks, others write; and when its time is up, its policy decides", async () => {
  const asked = Promise.withResolvers<void>();
  await using bench = await startWebhookBench({ slow: () => (asked.resolve(), undefined) });
  await bench.configure("Validating", "slow", { timeoutSeconds: 3, objectSelector: { matchLabels: { slow: "yes" } } });
  const waiting = bench.post(MAPS, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "s", labels: { slow: "yes" } },
  });
  await asked.promise;
  assert.equal((await bench.post(MAPS, map("quick"))).status, 201);
  await bench.api.clock.advance(3000);
  const { status, body } = await waiting;
  assert.equal(status, 500);
  const why = 'failed to call webhook: Post "https://hook.test/slow?timeout=3s": context deadline exceeded';
  assert.equal(body["message"], `${INTERNAL} "slow.hook.test": ${why}`);
});

test("a webhook has no more time than the request", async () => {
  const asked = Promise.withResolvers<void>();
  await using bench = await startWebhookBench({ slow: () => (asked.resolve(), undefined) });
  await bench.configure("Validating", "slow", { timeoutSeconds: 30, failurePolicy: "Ignore" });
  const waiting = bench.post(`${MAPS}?timeout=4s`, map("m"));
  await asked.promise;
  assert.match(bench.hooks.requests[0]!.url, /timeout=4s$/);
  await bench.api.clock.advance(4000);
  assert.equal((await waiting).status, 504);
  assert.equal((await bench.send({ url: `${MAPS}/m` })).status, 404);
});

test("a webhook behind a Service is found there, and only there", async () => {
  await using bench = await startWebhookBench({ v: ALLOW });
  const service = { namespace: "default", name: "hook", path: "/v" };
  await bench.configure("Validating", "v", { clientConfig: { service, caBundle: bench.hooks.caBundle } });
  const { body } = await bench.post(MAPS, map("m"));
  const why = 'failed to call webhook: Post "https://hook.default.svc:443/v?timeout=10s": service "hook" not found';
  assert.equal(body["message"], `${INTERNAL} "v.hook.test": ${why}`);
  const ports = [{ name: "https", port: 443, targetPort: 8443 }];
  await bench.post("/api/v1/namespaces/default/services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "hook" },
    spec: { ports },
  });
  await bench.post("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "hook", labels: { "kubernetes.io/service-name": "hook" } },
    addressType: "IPv4",
    ports: [{ name: "https", port: 8443, protocol: "TCP" }],
    endpoints: [{ addresses: ["10.0.0.9"] }],
  });
  assert.equal((await bench.post(MAPS, map("m"))).status, 201);
  assert.deepEqual(bench.hooks.dialled, ["10.0.0.9:8443"]);
});

test("owners of fields that a webhook has made a mess of are those from before, with a warning", async () => {
  await using bench = await startWebhookBench({
    a: () => patchOf({ op: "replace", path: "/metadata/managedFields/0/operation", value: "Steal" }),
  });
  await bench.configure("Mutating", "a", {});
  const { body, headers } = await bench.post(`${MAPS}?fieldManager=me`, map("m", { data: { a: "b" } }));
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
  const { body } = await bench.post(MAPS, map("m"));
  assert.deepEqual(body["data"], { a: "b" });
});
