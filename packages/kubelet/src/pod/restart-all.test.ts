import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Container, V1Pod, V1PodStatus } from "@dingi/api";
import { containerOf, PodScenario } from "./pod-scenario.ts";
import { containersToReset } from "./restart-all.ts";

const onCode = (values: number[], action = "RestartAllContainers", operator = "In"): Partial<V1Container> => ({
  restartPolicy: "Never",
  restartPolicyRules: [{ action, exitCodes: { operator, values } }],
});

const exits = (seconds: number, code: number) => ["sh", "-c", `sleep ${seconds}; exit ${code}`];

const restarting = ({ conditions = [] }: V1PodStatus) =>
  conditions.find(({ type }) => type === "AllContainersRestarting");

test("a container's rule starts all containers of the pod anew, the initial ones first", async () => {
  const created: string[] = [];
  await using scenario = new PodScenario({
    spec: {
      restartPolicy: "Never",
      initContainers: [containerOf({ name: "first", command: ["true"] })],
      containers: [containerOf({ command: exits(5, 42), ...onCode([42]) }), containerOf({ name: "other" })],
    },
    runtime: {
      createContainer: (create, id, config, options) => {
        created.push(config.metadata.name);
        return create(id, config, options);
      },
    },
  });
  await scenario.pass(1);
  assert.deepEqual(created, ["first", "main", "other"]);
  const { containerID } = scenario.container("other");
  await scenario.pass(7);
  assert.deepEqual(created.slice(3), ["first", "main", "other"]);
  assert.notEqual(scenario.container("other").containerID, containerID);
  assert.notEqual(scenario.container("other").state?.running, undefined);
  for (const name of ["first", "main", "other"]) {
    assert.equal(scenario.container(name).restartCount, 1, name);
    const { reason, exitCode } = scenario.container(name).lastState?.terminated ?? {};
    assert.deepEqual([reason, exitCode], ["RestartingAllContainers", 137], name);
  }
  assert.equal((await scenario.cri.runtime.listContainers()).length, 3, "what was before is removed");
});

test("that all are started anew is told before it happens, and the pod goes on running", async () => {
  await using scenario = new PodScenario({
    spec: { restartPolicy: "Never", containers: [containerOf({ command: exits(5, 42), ...onCode([42]) })] },
  });
  await scenario.pass(6);
  const told = scenario.written.filter((status) => restarting(status)?.status === "True");
  assert.ok(told.length > 0);
  assert.equal(restarting(told[0]!)?.reason, "RestartAllContainersStarted");
  assert.equal(told[0]!.containerStatuses?.[0]?.state?.terminated?.exitCode, 42);
  assert.equal(
    scenario.waits().some(({ reason }) => reason === "RestartingAllContainers"),
    true,
  );
  assert.equal(restarting(scenario.pod.status)?.status, "False");
  assert.ok(
    scenario.written.slice(1).every(({ phase }) => phase === "Running"),
    "never pending or failed",
  );
  assert.deepEqual(
    scenario.written
      .slice(1)
      .map(({ conditions = [] }) => conditions.find(({ type }) => type === "Initialized")?.status),
    scenario.written.slice(1).map(() => "True"),
  );
});

test("who is in the way of a new beginning is ended without his hook", async () => {
  const preStop = { exec: { command: ["drain"] } };
  await using scenario = new PodScenario({
    spec: {
      restartPolicy: "Never",
      containers: [
        containerOf({ command: exits(5, 42), ...onCode([42]) }),
        containerOf({ name: "other", lifecycle: { preStop } }),
      ],
    },
  });
  await scenario.pass(7);
  assert.deepEqual([scenario.count("execSync"), scenario.container("other").restartCount], [0, 1]);
});

test("those that asked for it are removed last", () => {
  const source = onCode([42]);
  const pod = {
    spec: {
      initContainers: [containerOf({ name: "first" }), containerOf({ name: "asks first", ...source })],
      containers: [containerOf({ name: "asks", ...source }), containerOf({ name: "other" })],
    },
  } as unknown as V1Pod;
  const status = (name: string, exitCode: number, attempt = 0) =>
    ({
      id: `${name} ${attempt}`,
      metadata: { name, attempt },
      labels: {},
      state: "CONTAINER_EXITED",
      exitCode,
    }) as never;
  const containers = [
    status("asks", 42),
    status("asks first", 42),
    status("other", 0, 1),
    status("other", 1),
    status("first", 0),
  ];
  const order = containersToReset(pod, { uid: "u", name: "p", namespace: "n", sandboxes: [], containers });
  assert.deepEqual(
    order.map(({ id }) => id),
    ["other 1", "other 0", "first 0", "asks 0", "asks first 0"],
  );
});

test("another exit code is none of the rule's business", async () => {
  await using scenario = new PodScenario({
    spec: {
      restartPolicy: "Never",
      containers: [
        containerOf({ command: exits(1, 7), ...onCode([42]) }),
        containerOf({ name: "other", command: ["true"] }),
      ],
    },
  });
  await scenario.pass(5);
  assert.equal(scenario.count("createContainer"), 2);
  assert.equal(scenario.pod.status.phase, "Failed");
  assert.deepEqual(restarting(scenario.pod.status)?.reason, "PodFailed");
});

test("a pod whose rule strikes again and again is backed off", async () => {
  await using scenario = new PodScenario({
    spec: { restartPolicy: "Never", containers: [containerOf({ command: ["false"], ...onCode([1]) })] },
  });
  await scenario.pass(60);
  const starts = scenario.count("startContainer");
  assert.ok(starts >= 4 && starts <= 6, `started ${starts} times in a minute`);
});

test("an init container's rule may start it again in a pod that starts nothing again", async () => {
  await using scenario = new PodScenario({
    spec: {
      restartPolicy: "Never",
      initContainers: [containerOf({ name: "first", command: exits(1, 3), ...onCode([3], "Restart") })],
      containers: [containerOf()],
    },
  });
  await scenario.pass(14);
  assert.equal(scenario.pod.status.phase, "Pending");
  assert.equal(scenario.container("first").restartCount, 2);
});
