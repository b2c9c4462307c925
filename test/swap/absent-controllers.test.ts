import assert from "node:assert/strict";
import { test } from "node:test";
import { absentControllers, controllersFlag } from "./absent-controllers.ts";

test("controllers of a kind that is missing are switched off", () => {
  const absent = absentControllers(new Set(["Deployment", "CronJob"]));
  assert.ok(absent.some(({ name, kind }) => name === "ttl-after-finished-controller" && kind === "Job"));
  assert.ok(absent.every(({ name }) => name !== "cronjob-controller"));
});

test("the flag leaves all others on", () => {
  const absent = [
    { name: "job-controller", kind: "Job" },
    { name: "resourcequota-controller", kind: "ResourceQuota" },
  ];
  assert.equal(controllersFlag(absent), "--controllers=*,-job-controller,-resourcequota-controller");
});
