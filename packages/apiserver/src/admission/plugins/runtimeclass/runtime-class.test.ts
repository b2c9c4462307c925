import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { V1Pod, V1Toleration } from "@dingi/api";
import { startTestServer, type TestServer } from "../../../testing/test-server.ts";
import { mergeTolerations } from "./toleration-merge.ts";

const PODS = "/api/v1/namespaces/default/pods";

describe("Pods of a runtime class", () => {
  let api: TestServer;
  before(async () => {
    api = await startTestServer();
    await make("/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "default" } });
    const overhead = { podFixed: { cpu: "200m", memory: "1Mi" } };
    const scheduling = { nodeSelector: { disk: "ssd" }, tolerations: [{ key: "k", operator: "Exists" }] };
    await make("/apis/node.k8s.io/v1/runtimeclasses", { metadata: { name: "plain" }, handler: "runc" });
    await make("/apis/node.k8s.io/v1/runtimeclasses", {
      metadata: { name: "heavy" },
      handler: "h",
      overhead,
      scheduling,
    });
  });
  after(() => api[Symbol.asyncDispose]());

  const make = async (url: string, body: object) => {
    const answer = await api.send({ method: "POST", url, body });
    assert.equal(answer.status, 201, answer.text);
  };
  let count = 0;
  const create = async (spec: object) => {
    const body = { metadata: { name: `p${count++}` }, spec: { containers: [{ name: "c", image: "i" }], ...spec } };
    const { status, text } = await api.send({ method: "POST", url: PODS, body });
    const answer = JSON.parse(text) as V1Pod & { readonly message?: string };
    return { status, message: answer.message ?? "", spec: answer.spec };
  };

  test("take its overhead, nodes and tolerations", async () => {
    const { status, spec } = await create({ runtimeClassName: "heavy", nodeSelector: { zone: "a" } });
    assert.equal(status, 201);
    assert.deepEqual(spec.overhead, { cpu: "200m", memory: "1Mi" });
    assert.deepEqual(spec.nodeSelector, { disk: "ssd", zone: "a" });
    assert.deepEqual(
      spec.tolerations?.filter(({ key }) => key === "k"),
      [{ key: "k", operator: "Exists" }],
    );
  });

  test("may name the same overhead, written differently", async () => {
    assert.equal((await create({ runtimeClassName: "heavy", overhead: { cpu: "0.2", memory: "1Mi" } })).status, 201);
    assert.equal((await create({ runtimeClassName: "plain" })).spec.overhead, undefined);
  });

  for (const [name, spec, message] of [
    ["a class that is not there", { runtimeClassName: "none" }, /RuntimeClass "none" not found$/],
    ["another overhead", { runtimeClassName: "heavy", overhead: { cpu: "1" } }, /doesn't match RuntimeClass's defined/],
    ["an overhead without a class", { overhead: { cpu: "1" } }, /without corresponding RuntimeClass defined Overhead$/],
    [
      "an overhead that its class has not",
      { runtimeClassName: "plain", overhead: { cpu: "1" } },
      /without corresponding/,
    ],
    [
      "other nodes",
      { runtimeClassName: "heavy", nodeSelector: { disk: "hdd" } },
      /conflict: runtimeClass.scheduling.nodeSelector\[disk\] = ssd; pod.spec.nodeSelector\[disk\] = hdd$/,
    ],
  ] as const)
    test(`are refused with ${name}`, async () => {
      const answer = await create(spec);
      assert.equal(answer.status, 403);
      assert.match(answer.message, message);
    });
});

describe("Merged tolerations", () => {
  const all: V1Toleration = { operator: "Exists" };
  const key: V1Toleration = { key: "k", operator: "Exists" };
  const equal: V1Toleration = { key: "k", operator: "Equal", value: "v", effect: "NoSchedule" };
  const short: V1Toleration = { key: "k", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 };
  const long: V1Toleration = { ...short, tolerationSeconds: 9 };
  for (const [first, second, wanted] of [
    [[], [], []],
    [[key], [key], [key]],
    [[key], [all], [all]],
    [[all], [key], [all]],
    [[equal], [key], [key]],
    [[short], [long], [long]],
    [[long], [short], [long]],
    [[equal], [{ ...equal, value: "w" }], [equal, { ...equal, value: "w" }]],
    [[{ ...equal, effect: "NoExecute" }], [short], [{ ...equal, effect: "NoExecute" }, short]],
  ] as const)
    test(`${JSON.stringify(first)} and ${JSON.stringify(second)}`, () =>
      assert.deepEqual(mergeTolerations(first, second), wanted));
});
