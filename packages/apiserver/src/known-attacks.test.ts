/** What was published of upstream's API server, where no other test of ours is the place for it. docs/security.md has all. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClusterRole } from "@dingi/api";
import { ask, boatDefinition, establish, settled, versionOf } from "./testing/definitions.ts";
import { startTestServer, type TestServer } from "./testing/test-server.ts";
import { startWebhookBench, ALLOW } from "./testing/webhook-bench.ts";

test("CVE-2019-11247: what belongs to the cluster is not reached by a namespace's path", async () => {
  await using api = await startTestServer();
  const scale = versionOf("v1", {}, { storage: true });
  await establish(api, boatDefinition([scale], { scope: "Cluster" }));
  await ask(api, "POST", "/apis/example.org/v1/boats", {
    apiVersion: "example.org/v1",
    kind: "Boat",
    metadata: { name: "a" },
  });
  const paths = ["/apis/example.org/v1/namespaces/default/boats", "/api/v1/namespaces/default/nodes"];
  const requests = paths.flatMap((path) => [`GET ${path}`, `GET ${path}/a`, `DELETE ${path}/a`, `DELETE ${path}`]);
  for (const request of requests) {
    const [method = "", url = ""] = request.split(" ");
    assert.equal((await ask(api, method, url)).status, 404, request);
  }
  assert.equal((await ask(api, "GET", "/apis/example.org/v1/boats/a")).status, 200);
});

test("CVE-2020-8552: who asks for things that are not there does not fill the memory with numbers of them", async () => {
  await using api = await startTestServer();
  const lines = async () => (await api.send({ url: "/metrics" })).text.split("\n");
  const askOddly = async (i: number) => {
    for (const url of [`/apis/g${i}/v1/r${i}`, `/api/v${i}/pods`, `/api/v1/r${i}`, `/x${i}`, `/api/v1/pods/${i}/s${i}`])
      await api.send({ method: `METHOD${i}`, url, headers: { "user-agent": `agent-${i}` } });
    for (const url of [`/apis/g${i}/v1/r${i}`, `/api/v1/namespaces/n${i}/pods`, `/api/v1/nodes/${i}/proxy/${i}`])
      await api.send({ url, user: { name: `user-${i}`, groups: [`g${i}`] } });
  };
  // What the server makes for itself at its start is counted, too.
  await settled();
  await askOddly(0);
  await lines();
  const before = await lines();
  for (let i = 1; i < 50; i++) await askOddly(i);
  const seriesOf = (all: readonly string[]) => new Set(all.map((line) => line.replace(/ \S+$/, "")));
  assert.deepEqual([...seriesOf(await lines()).difference(seriesOf(before))], []);
});

test("CVE-2021-25735: a webhook compares with what is stored, and not with what the request made of it", async () => {
  await using bench = await startWebhookBench({ v: ALLOW });
  await bench.post("/api/v1/nodes", { metadata: { name: "n", labels: { team: "a" } }, spec: {} });
  const resources = { apiGroups: [""], apiVersions: ["v1"], resources: ["nodes"] };
  await bench.configure("Validating", "v", { rules: [{ ...resources, operations: ["UPDATE"], scope: "*" }] });
  const headers = { "content-type": "application/merge-patch+json" };
  const body = { metadata: { labels: { team: "b" } }, spec: { unschedulable: true } };
  await bench.send({ method: "PATCH", url: "/api/v1/nodes/n", headers, body });
  const [{ object, oldObject }] = bench.asked("v") as unknown as [Record<"object" | "oldObject", typeof body>];
  assert.deepEqual([oldObject.metadata.labels.team, oldObject.spec.unschedulable], ["a", undefined]);
  assert.deepEqual([object.metadata.labels.team, object.spec.unschedulable], ["b", true]);
});

test("CVE-2021-25740: who edits a namespace does not say where its Services lead", async () => {
  await using api = await startTestServer();
  const { items } = await api.admin.list(ClusterRole);
  const names = ["edit", "admin", "system:aggregate-to-edit", "system:aggregate-to-admin"];
  const rules = items.flatMap((role) => (names.includes(role.metadata.name ?? "") ? (role.rules ?? []) : []));
  const places = ["endpoints", "endpointslices", "*"];
  const about = rules.filter(({ resources = [] }) => resources.some((resource) => places.includes(resource)));
  const verbs = new Set(about.flatMap((rule) => rule.verbs));
  assert.ok(rules.length > 10);
  assert.deepEqual(
    [...verbs].filter((verb) => !["get", "list", "watch"].includes(verb)),
    [],
  );
});

describe("An account that names its Secrets has pods with no others", () => {
  const PODS = "/api/v1/namespaces/default/pods";
  const container = (more: object = {}, name = "c") => ({ name, image: "i", ...more });
  const keyOf = (name: string) => ({ env: [{ name: "E", valueFrom: { secretKeyRef: { name, key: "k" } } }] });
  const allOf = (name: string) => ({ envFrom: [{ secretRef: { name } }] });
  const rest = "is not allowed because service account bound does not reference that";

  async function start(annotations: object = { "kubernetes.io/enforce-mountable-secrets": "true" }) {
    const api = await startTestServer();
    const account = { secrets: [{ name: "own" }], imagePullSecrets: [{ name: "pull" }] };
    const body = { metadata: { name: "bound", annotations }, ...account };
    await api.send({ method: "POST", url: "/api/v1/namespaces/default/serviceaccounts", body });
    return api;
  }

  async function create(api: TestServer, spec: object, name = "p") {
    const body = {
      metadata: { name },
      spec: { serviceAccountName: "bound", automountServiceAccountToken: false, containers: [container()], ...spec },
    };
    const { status, text } = await api.send({ method: "POST", url: PODS, body });
    return status === 201 ? "" : (JSON.parse(text) as { message: string }).message;
  }

  for (const [title, spec, wanted] of [
    [
      "in a volume",
      { volumes: [{ name: "v", secret: { secretName: "x" } }] },
      `volume with secret.secretName="x" ${rest} secret`,
    ],
    [
      "in a variable",
      { containers: [container(keyOf("x"))] },
      `container c with envVar E referencing secret.secretName="x" ${rest} secret`,
    ],
    [
      "in all variables (CVE-2024-3177)",
      { containers: [container(allOf("x"))] },
      `container c with envFrom referencing secret.secretName="x" ${rest} secret`,
    ],
    [
      "before the others",
      { initContainers: [container(keyOf("x"), "i")] },
      `init container i with envVar E referencing secret.secretName="x" ${rest} secret`,
    ],
    [
      "before the others, in all variables",
      { initContainers: [container(allOf("x"), "i")] },
      `init container i with envFrom referencing secret.secretName="x" ${rest} secret`,
    ],
    [
      "for pulling",
      { imagePullSecrets: [{ name: "pull" }, { name: "own" }] },
      `imagePullSecrets[1].name="own" ${rest} imagePullSecret`,
    ],
  ] as const)
    test(title, async () => {
      await using api = await start();
      const message = await create(api, spec);
      assert.equal(message, `pods "p" is forbidden: ${wanted}`);
    });

  test("and they may have those", async () => {
    await using api = await start();
    const volumes = [{ name: "v", secret: { secretName: "own" } }];
    const containers = [container({ ...keyOf("own"), ...allOf("own") })];
    assert.equal(await create(api, { volumes, containers, imagePullSecrets: [{ name: "pull" }] }), "");
  });

  for (const annotations of [{}, { "kubernetes.io/enforce-mountable-secrets": "no" }])
    test(`unless it says so: ${JSON.stringify(annotations)}`, async () => {
      await using api = await start(annotations);
      assert.equal(await create(api, { containers: [container(allOf("x"))] }), "");
    });

  for (const [kind, more] of [
    ["envVar E", keyOf("x")],
    ["envFrom", allOf("x")],
  ] as const)
    test(`nor when they run already: ${kind} (CVE-2023-2728)`, async () => {
      await using api = await start();
      await create(api, {});
      const added = [container({ ...more, targetContainerName: "c" }, "d")];
      const url = `${PODS}/p/ephemeralcontainers`;
      const headers = { "content-type": "application/strategic-merge-patch+json" };
      const { status, text } = await api.send({
        method: "PATCH",
        url,
        headers,
        body: { spec: { ephemeralContainers: added } },
      });
      assert.equal(status, 403, text);
      assert.ok(
        text.includes(`ephemeral container d with ${kind} referencing secret.secretName=\\"x\\" ${rest} secret`),
        text,
      );
    });
});

test("CVE-2020-8554: where it is switched on, no Service takes an address that may be somebody else's", async () => {
  const admission = { enable: ["DenyServiceExternalIPs"] };
  await using api = await startTestServer({ admission });
  const body = { metadata: { name: "s" }, spec: { ports: [{ port: 80 }], externalIPs: ["192.0.2.1"] } };
  const url = "/api/v1/namespaces/default/services";
  const { status, text } = await api.send({ method: "POST", url, body });
  assert.equal(status, 403, text);
  assert.match(text, /Use of external IPs is denied by admission control/);
  const { spec, ...named } = body;
  await api.send({ method: "POST", url, body: { ...named, spec: { ports: spec.ports } } });
  const headers = { "content-type": "application/merge-patch+json" };
  const patch = { spec: { externalIPs: ["192.0.2.1"] } };
  assert.equal((await api.send({ method: "PATCH", url: `${url}/s`, headers, body: patch })).status, 403);
});
