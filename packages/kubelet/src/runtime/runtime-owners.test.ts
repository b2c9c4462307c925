import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerRuntime } from "@dingi/cri";
import { RuntimeOwners } from "./runtime-owners.ts";

const pod = { uid: "u", name: "p", namespace: "default" };

/** A runtime of one sandbox and one container, whose state is read when `answer` is called. */
function slowRuntime() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const runtime = {
    listPodSandbox: async () => [{ id: "sandbox" }],
    listContainers: async () => [{ id: "container" }],
    podSandboxStatus: async (id: string) => promise.then(() => ({ status: { id } })),
    containerStatus: async (id: string) => promise.then(() => ({ status: { id } })),
  };
  return { cri: { runtime } as unknown as ContainerRuntime, answer: resolve };
}

test("the end of a container whose state is being read finds its pod", async () => {
  const owners = new RuntimeOwners();
  const { cri, answer } = slowRuntime();
  const reading = owners.read(cri, pod, new AbortController().signal);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  assert.deepEqual(
    ["sandbox", "container"].map((id) => owners.ownerOf(id)),
    ["u", "u"],
  );
  answer();
  assert.deepEqual(
    (await reading).containers.map(({ id }) => id),
    ["container"],
  );
});

test("what a pod had is forgotten with it", async () => {
  const owners = new RuntimeOwners();
  const { cri, answer } = slowRuntime();
  answer();
  await owners.read(cri, pod, new AbortController().signal);
  owners.forget("another");
  assert.equal(owners.ownerOf("container"), "u");
  owners.forget("u");
  assert.equal(owners.ownerOf("container"), undefined);
});

test("what ended asks for a look at its pod, what was started does not", () => {
  const owners = new RuntimeOwners();
  owners.own("a", "u");
  owners.own("b", "v");
  assert.deepEqual([...owners.concerned([{ type: "started", id: "a" }])], []);
  const ended = { type: "exited", exitCode: 0 } as const;
  const events = [
    { ...ended, id: "a" },
    { ...ended, id: "stranger" },
    { type: "oom", id: "b" },
  ] as const;
  assert.deepEqual([...owners.concerned(events)], ["u", "v"]);
});
