import assert from "node:assert/strict";
import { test } from "node:test";
import { RuntimeError, type AuthConfig } from "@dingi/cri";
import type { V1Secret } from "@dingi/api";
import { containerOf, PodScenario } from "./pod-scenario.ts";

const GONE = "gone.invalid/app:1";

function secretFor(server: string, username: string): V1Secret {
  const auths = { [server]: { username, password: "p" } };
  return {
    metadata: { name: username },
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": Buffer.from(JSON.stringify({ auths })).toString("base64") },
  } as unknown as V1Secret;
}

test("an image that is pulled is told of with its size and how long that took", async () => {
  await using scenario = new PodScenario({
    spec: { containers: [containerOf({ imagePullPolicy: "Always" })] },
    runtime: {
      pullImage: async (pull, ...call) => {
        await scenario.clock.sleep(1234);
        return await pull(...call);
      },
    },
  });
  await scenario.pass(2);
  const { size } = (await scenario.cri.images.imageStatus({ image: "registry.test/app:1" }))!;
  assert.deepEqual(scenario.events.slice(0, 2), [
    'Normal Pulling main: Pulling image "registry.test/app:1"',
    `Normal Pulled main: Successfully pulled image "registry.test/app:1" in 1.234s (1.234s including waiting). Image size: ${size} bytes.`,
  ]);
});

test("an image that cannot be pulled is tried again ever more rarely, and the reason stays in sight", async () => {
  await using scenario = new PodScenario({ spec: { containers: [containerOf({ image: GONE })] } });
  await scenario.pass(0);
  const why = `rpc error: code = Unknown desc = Image "${GONE}" could not be pulled: its registry's name does not resolve`;
  assert.deepEqual(scenario.container().state?.waiting, { reason: "ErrImagePull", message: why });
  assert.deepEqual(scenario.events, [
    `Normal Pulling main: Pulling image "${GONE}"`,
    `Warning Failed main: Failed to pull image "${GONE}": ${why}`,
    "Warning Failed main: Error: ErrImagePull",
  ]);
  await scenario.pass(40);
  const backOff = { reason: "ImagePullBackOff", message: `Back-off pulling image "${GONE}": ErrImagePull: ${why}` };
  assert.deepEqual(scenario.waits()[1], backOff);
  assert.equal(scenario.eventsOf("BackOff")[0], `Normal BackOff main: Back-off pulling image "${GONE}"`);
  assert.ok(scenario.events.includes("Warning Failed main: Error: ImagePullBackOff"));
  await scenario.pass(300);
  const pulls = scenario.count("pullImage");
  assert.ok(pulls >= 5 && pulls <= 7, `pulled ${pulls} times in 340 s`);
});

test("a name that is none is never pulled", async () => {
  await using scenario = new PodScenario({ spec: { containers: [containerOf({ image: "registry.test/App:1" })] } });
  await scenario.pass(60);
  assert.equal(scenario.count("pullImage"), 0);
  const message =
    'Failed to apply default image tag "registry.test/App:1": couldn\'t parse image name "registry.test/App:1": invalid reference format: repository name (App) must be lowercase';
  assert.deepEqual(scenario.container().state?.waiting, { reason: "InvalidImageName", message });
  assert.deepEqual(scenario.events.slice(0, 2), [
    `Warning InspectFailed main: ${message}`,
    "Warning Failed main: Error: InvalidImageName",
  ]);
});

test("an image that may not be pulled and is not there is waited for", async () => {
  await using scenario = new PodScenario({
    spec: { containers: [containerOf({ image: GONE, imagePullPolicy: "Never" })] },
  });
  await scenario.pass(1);
  const message = `Container image "${GONE}" is not present with pull policy of Never`;
  assert.deepEqual(scenario.container().state?.waiting, { reason: "ErrImageNeverPull", message });
  assert.deepEqual(scenario.events, [
    `Warning ErrImageNeverPull main: ${message}`,
    "Warning Failed main: Error: ErrImageNeverPull",
  ]);
});

test("a name without a tag is asked for with one", async () => {
  const asked: string[] = [];
  await using scenario = new PodScenario({
    spec: { containers: [containerOf({ image: "busybox", imagePullPolicy: "Always" })] },
    runtime: {
      pullImage: (pull, image, options) => {
        asked.push(image.image);
        return pull(image, options);
      },
    },
  });
  await scenario.pass(0);
  assert.deepEqual(asked, ["busybox:latest"]);
});

test("each of the pod's credentials is tried, and a secret that is not there is told of", async () => {
  const tried: (AuthConfig | undefined)[] = [];
  await using scenario = new PodScenario({
    spec: {
      containers: [containerOf({ imagePullPolicy: "Always" })],
      imagePullSecrets: [{ name: "wrong" }, { name: "missing" }, { name: "right" }],
    },
    secrets: { wrong: secretFor("registry.test", "wrong"), right: secretFor("registry.test", "right") },
    runtime: {
      pullImage: (pull, image, options) => {
        tried.push(options?.auth);
        if (options?.auth?.username !== "right") throw new RuntimeError("Unknown", "unauthorized");
        return pull(image, options);
      },
    },
  });
  await scenario.pass(1);
  assert.deepEqual(
    tried.map((auth) => auth?.username),
    ["wrong", "right"],
  );
  assert.notEqual(scenario.container().state?.running, undefined);
  assert.deepEqual(scenario.eventsOf("FailedToRetrieveImagePullSecret"), [
    "Warning FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (missing); attempting to pull the image may not succeed.",
  ]);
});

test("a runtime that is away is not asked with every credential", async () => {
  await using scenario = new PodScenario({
    spec: {
      containers: [containerOf({ imagePullPolicy: "Always" })],
      imagePullSecrets: [{ name: "a" }, { name: "b" }],
    },
    secrets: { a: secretFor("registry.test", "a"), b: secretFor("registry.test", "b") },
    runtime: { pullImage: () => Promise.reject(new RuntimeError("Unavailable", "away")) },
  });
  await scenario.pass(1);
  assert.equal(scenario.count("pullImage"), 1);
});

test("what failed for a pod is forgotten with it", async () => {
  await using scenario = new PodScenario({ spec: { containers: [containerOf({ image: GONE })] } });
  await scenario.pass(1);
  assert.ok(scenario.images.size > 0);
  scenario.delete();
  await scenario.pass(1);
  assert.equal(scenario.images.size, 0);
});

test("what the node itself has for a registry is tried after what the pod's secrets say", async () => {
  const tried: (AuthConfig | undefined)[] = [];
  await using scenario = new PodScenario({
    spec: {
      containers: [containerOf({ image: GONE })],
      imagePullSecrets: [{ name: "own" }],
    },
    secrets: { own: secretFor("gone.invalid", "own") },
    nodeCredentials: { "gone.invalid": { username: "node" }, "other.invalid": { username: "other" } },
    runtime: {
      pullImage: async (_pull, _image, options) => {
        tried.push(options?.auth);
        throw new RuntimeError("Unknown", "unauthorized");
      },
    },
  });
  await scenario.pass(0);
  assert.deepEqual(
    tried.map((auth) => auth?.username),
    ["own", "node"],
  );
});
