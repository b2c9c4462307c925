import assert from "node:assert/strict";
import { test } from "node:test";
import { containerOf, PodScenario } from "./pod-scenario.ts";

const GATE = "example.com/ready";

test("a readiness gate that is opened makes the pod ready, and closed again unready", async () => {
  await using scenario = new PodScenario({
    spec: { containers: [containerOf()], readinessGates: [{ conditionType: GATE }] },
  });
  const isReady = () => scenario.pod.status.conditions?.find(({ type }) => type === "Ready")?.status;
  const set = async (status: string) => {
    scenario.change((pod) => {
      const others = (pod.status.conditions ?? []).filter(({ type }) => type !== GATE);
      return { ...pod, status: { ...pod.status, conditions: [...others, { type: GATE, status }] } };
    });
    await scenario.pass(1);
  };
  await scenario.pass(1);
  assert.equal(isReady(), "False");
  await set("True");
  assert.equal(isReady(), "True");
  await set("False");
  assert.equal(isReady(), "False");
  assert.ok(!JSON.stringify(scenario.patches).includes(`"type":"${GATE}"`), "it is not ours to write");
});

test("a condition that somebody else sets stays, and wakes nobody", async () => {
  await using scenario = new PodScenario({ spec: { containers: [containerOf()] } });
  await scenario.pass(1);
  const before = scenario.reads;
  scenario.change((pod) => ({
    ...pod,
    status: { ...pod.status, conditions: [...(pod.status.conditions ?? []), { type: GATE, status: "True" }] },
  }));
  await scenario.pass(1);
  assert.equal(scenario.reads, before);
  await scenario.pass(90);
  assert.ok(scenario.reads > before, "it is looked at from time to time");
  assert.equal(scenario.pod.status.conditions?.find(({ type }) => type === GATE)?.status, "True");
});
