import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ALLOW,
  CALL_FAILED,
  CONFIG_MAPS,
  configMap,
  patchOf,
  startWebhookBench,
  type ReviewRequest,
} from "../../testing/webhook-bench.ts";

test("a trial calls only webhooks without side effects", async () => {
  await using bench = await startWebhookBench({ v: ALLOW });
  await bench.configure("Validating", "v", { sideEffects: "NoneOnDryRun" });
  assert.equal((await bench.post(`${CONFIG_MAPS}?dryRun=All`, configMap("m"))).status, 201);
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
  await bench.post(CONFIG_MAPS, configMap("m"));
  assert.equal(bench.asked("v").length, 0);
  await bench.send({ method: "PUT", url: `${CONFIG_MAPS}/m`, body: configMap("m", { data: { a: "b" } }) });
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
  await bench.post(CONFIG_MAPS, configMap("plain"));
  await bench.post("/api/v1/namespaces/n/configmaps", configMap("there"));
  const labelled = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "o", labels } };
  await bench.post(CONFIG_MAPS, labelled);
  await bench.send({ method: "PUT", url: `${CONFIG_MAPS}/o`, body: configMap("o") });
  await bench.send({ method: "PUT", url: `${CONFIG_MAPS}/o`, body: configMap("o", { data: { a: "b" } }) });
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
  for (const name of ["x", "w"]) assert.equal((await bench.post(CONFIG_MAPS, configMap(name))).status, 201);
  assert.deepEqual(
    bench.asked("v").map(({ name }) => name),
    ["w"],
  );
});

test("where a condition cannot be told the failure policy decides", async () => {
  await using bench = await startWebhookBench({ v: ALLOW, w: ALLOW });
  const broken = { name: "broken", expression: "object.data.missing == 'x'" };
  await bench.configure("Validating", "v", { matchConditions: [broken] });
  const { status, body } = await bench.post(CONFIG_MAPS, configMap("m", { data: {} }));
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
  assert.equal((await bench.post(CONFIG_MAPS, configMap("m"))).status, 201);
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

test("a webhook behind a Service is found there, and only there", async () => {
  await using bench = await startWebhookBench({ v: ALLOW });
  const service = { namespace: "default", name: "hook", path: "/v" };
  await bench.configure("Validating", "v", { clientConfig: { service, caBundle: bench.hooks.caBundle } });
  const { body } = await bench.post(CONFIG_MAPS, configMap("m"));
  const why = 'failed to call webhook: Post "https://hook.default.svc:443/v?timeout=10s": service "hook" not found';
  assert.equal(body["message"], `${CALL_FAILED} "v.hook.test": ${why}`);
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
  assert.equal((await bench.post(CONFIG_MAPS, configMap("m"))).status, 201);
  assert.deepEqual(bench.hooks.dialled, ["10.0.0.9:8443"]);
});
