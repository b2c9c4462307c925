import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1ConfigMap, V1Container, V1EnvVar, V1Pod, V1Secret } from "@dingi/api";
import { ContainerConfigError, makeEnvironment } from "./environment.ts";

const encode = (text: string) => Buffer.from(text).toString("base64");
const MAPS: Readonly<Record<string, V1ConfigMap>> = {
  paint: { metadata: {}, data: { colour: "blue", empty: "" } },
  bare: { metadata: {} },
};
const SECRETS: Readonly<Record<string, V1Secret>> = {
  keys: { metadata: {}, data: { key: encode("abc"), empty: "" } },
  bare: { metadata: {} },
};
const FILES: Readonly<Record<string, string>> = { "v/env": "GIVEN='x'\nEMPTY=''\n", "v/bad": "no variable here\n" };

async function environment(container: Partial<V1Container>, services: Record<string, string> = {}) {
  const own = { name: "main", image: "i", resources: { limits: { cpu: "2" } }, ...container };
  const pod: V1Pod = { metadata: { name: "p", namespace: "ns", uid: "u" }, spec: { containers: [own] }, status: {} };
  const found = await makeEnvironment(pod, own, {
    configMap: async (namespace, name) => (namespace === "ns" ? MAPS[name] : undefined),
    secret: async (namespace, name) => (namespace === "ns" ? SECRETS[name] : undefined),
    services: new Map(Object.entries(services)),
    addresses: { podIps: ["10.0.0.1"], hostIps: [], allocatableCpuMilli: 0, allocatableMemoryBytes: 0 },
    file: async (volume, path) => FILES[`${volume}/${path}`],
  });
  return Object.fromEntries(found);
}
/** Of one variable; undefined when it is not there. */
const valueOf = async (variable: Omit<V1EnvVar, "name">) =>
  (await environment({ env: [{ name: "X", ...variable }] }))["X"];

test("all of a ConfigMap or a Secret stands in the environment, behind its prefix", async () => {
  const envFrom = [{ configMapRef: { name: "paint" }, prefix: "P_" }, { secretRef: { name: "keys" } }];
  assert.deepEqual(await environment({ envFrom }), { P_colour: "blue", P_empty: "", key: "abc", empty: "" });
  assert.deepEqual(
    await environment({ envFrom: [{ configMapRef: { name: "bare" } }, { secretRef: { name: "bare" } }] }),
    {},
  );
  assert.deepEqual(await environment({ envFrom: [{}] }), {});
});

test("one that is not there keeps the container from starting, unless it is optional", async () => {
  const from = (kind: "configMapRef" | "secretRef", optional: boolean) =>
    environment({ envFrom: [{ [kind]: { name: "gone", optional } }] });
  assert.deepEqual([await from("configMapRef", true), await from("secretRef", true)], [{}, {}]);
  await assert.rejects(from("configMapRef", false), new ContainerConfigError('configmap "gone" not found'));
  await assert.rejects(from("secretRef", false), new ContainerConfigError('secret "gone" not found'));
});

test("later ones win, and see those before them; services come last", async () => {
  const env = [
    { name: "A", value: "1" },
    { name: "B", value: "$(A)-$(HOST)-$(colour)-$(C)" },
    { name: "colour", value: "red" },
    { name: "C", value: "3" },
  ];
  const services = { HOST: "10.96.0.1", A: "service" };
  assert.deepEqual(await environment({ envFrom: [{ configMapRef: { name: "paint" } }], env }, services), {
    colour: "red",
    empty: "",
    A: "1",
    B: "1-10.96.0.1-blue-$(C)",
    C: "3",
    HOST: "10.96.0.1",
  });
});

const ref = (name: string, key: string, optional?: boolean) => ({
  name,
  key,
  ...(optional === undefined ? {} : { optional }),
});
const VALUES: readonly (readonly [string, V1EnvVar["valueFrom"], string | undefined])[] = [
  ["a field", { fieldRef: { fieldPath: "metadata.name" } }, "p"],
  ["a resource of its own container", { resourceFieldRef: { resource: "limits.cpu" } }, "2"],
  ["a key of a ConfigMap", { configMapKeyRef: ref("paint", "colour") }, "blue"],
  ["an empty key of a ConfigMap", { configMapKeyRef: ref("paint", "empty") }, ""],
  ["an optional key that is not there", { configMapKeyRef: ref("paint", "gone", true) }, undefined],
  ["an optional ConfigMap that is not there", { configMapKeyRef: ref("gone", "gone", true) }, undefined],
  ["a key of a Secret", { secretKeyRef: ref("keys", "key") }, "abc"],
  ["an empty key of a Secret", { secretKeyRef: ref("keys", "empty") }, ""],
  ["an optional key of a Secret that is not there", { secretKeyRef: ref("keys", "gone", true) }, undefined],
  ["an optional Secret that is not there", { secretKeyRef: ref("gone", "gone", true) }, undefined],
  ["a variable of a file", { fileKeyRef: { volumeName: "v", path: "env", key: "GIVEN" } }, "x"],
  [
    "an optional variable that is empty",
    { fileKeyRef: { volumeName: "v", path: "env", key: "EMPTY", optional: true } },
    undefined,
  ],
  ["nothing that is known", {}, ""],
];
for (const [what, valueFrom, value] of VALUES)
  test(`a variable's value from ${what}`, async () => assert.equal(await valueOf({ valueFrom }), value));

const FAILURES: readonly (readonly [string, V1EnvVar["valueFrom"], string])[] = [
  ["an unknown field", { fieldRef: { fieldPath: "spec.nope" } }, "unsupported fieldPath: spec.nope"],
  [
    "an unknown container",
    { resourceFieldRef: { resource: "limits.cpu", containerName: "x" } },
    "container x not found",
  ],
  ["a ConfigMap that is not there", { configMapKeyRef: ref("gone", "a") }, 'configmap "gone" not found'],
  ["a key that is not there", { configMapKeyRef: ref("paint", "a") }, "couldn't find key a in ConfigMap ns/paint"],
  ["a Secret that is not there", { secretKeyRef: ref("gone", "a") }, 'secret "gone" not found'],
  ["a key that is not in the Secret", { secretKeyRef: ref("keys", "a") }, "couldn't find key a in Secret ns/keys"],
  [
    "a file that is not there",
    { fileKeyRef: { volumeName: "v", path: "gone", key: "A", optional: true } },
    "couldn't parse env file",
  ],
  ["a file that is none", { fileKeyRef: { volumeName: "v", path: "bad", key: "A" } }, "couldn't parse env file"],
  [
    "an empty variable of a file",
    { fileKeyRef: { volumeName: "v", path: "env", key: "EMPTY" } },
    'environment variable key "EMPTY" not found in file "env"',
  ],
];
for (const [what, valueFrom, message] of FAILURES)
  test(`a container does not start with ${what}`, async () =>
    assert.rejects(valueOf({ valueFrom }), new ContainerConfigError(message)));

test("an empty value is one, and a source that fails is not taken for a wrong spec", async () => {
  assert.equal(await valueOf({ value: "" }), "");
  assert.equal(await valueOf({}), "");
  assert.equal(await valueOf({ value: "", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }), "p");
});
