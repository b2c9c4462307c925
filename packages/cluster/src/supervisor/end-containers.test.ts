import assert from "node:assert/strict";
import { test } from "node:test";
import { simulateRuntime, SIMULATED_PREFIX } from "@dingi/cri";
import { FakeClock, seededRandom, settle } from "@dingi/base";
import { endAll } from "./end-containers.ts";

/** Each container takes `takes` seconds to end, and its pod grants `grace`. */
async function setup(containers: readonly { readonly grace?: number; readonly takes: number }[]) {
  const clock = new FakeClock();
  const { runtime } = simulateRuntime({ clock, random: seededRandom(1), podCidr: "10.244.0.0/24", writeLog: () => {} });
  const ids: string[] = [];
  for (const [index, { grace, takes }] of containers.entries()) {
    const name = `pod-${index}`;
    const sandboxConfig = { metadata: { name, uid: name, namespace: "default", attempt: 0 }, logDirectory: `/${name}` };
    const sandbox = await runtime.runPodSandbox(sandboxConfig);
    const annotations = {
      [`${SIMULATED_PREFIX}stops-seconds`]: String(takes),
      ...(grace === undefined ? {} : { "io.kubernetes.pod.terminationGracePeriod": String(grace) }),
    };
    const config = {
      metadata: { name: "main", attempt: 0 },
      image: { image: "busybox" },
      command: ["sleep", "infinity"],
      logPath: "main.log",
      annotations,
    };
    const id = await runtime.createContainer(sandbox, config, { sandboxConfig });
    await runtime.startContainer(id);
    ids.push(id);
  }
  await settle();
  const exits = async () => {
    const statuses = await Promise.all(ids.map((id) => runtime.containerStatus(id)));
    return statuses.map(({ status }) => (status.state === "CONTAINER_EXITED" ? status.exitCode : "runs"));
  };
  return { clock, exits, ended: endAll({ runtime }, { maxGraceSeconds: 10, clock }) };
}

test("containers end by themselves, or are killed when their grace or the longest grace is over", async () => {
  const { clock, exits, ended } = await setup([
    { grace: 30, takes: 0 },
    { grace: 30, takes: 5 },
    { grace: 2, takes: 60 },
    { grace: 3600, takes: 60 },
    { takes: 60 },
  ]);
  await settle();
  assert.deepEqual(await exits(), [0, "runs", "runs", "runs", "runs"]);
  await clock.advance(2_000);
  assert.deepEqual(await exits(), [0, "runs", 137, "runs", "runs"]);
  await clock.advance(3_000);
  assert.deepEqual(await exits(), [0, 0, 137, "runs", "runs"]);
  await clock.advance(5_000);
  await ended;
  assert.deepEqual(await exits(), [0, 0, 137, 137, 137]);
  assert.equal(clock.pending, 0, "no time-out stays");
});
