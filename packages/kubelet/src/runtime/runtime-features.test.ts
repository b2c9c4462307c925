import assert from "node:assert/strict";
import { test } from "node:test";
import { runtimeFeatures } from "./runtime-features.ts";

const status = { conditions: [], info: {}, runtimeHandlers: [], features: undefined };

test("an old runtime tells nothing, and can nothing of it", () => {
  assert.deepEqual(runtimeFeatures(status, false), {
    supplementalGroupsPolicy: false,
    recursiveReadOnlyMounts: new Set(),
    appArmor: false,
  });
});

test("handlers differ in what they can do", () => {
  const runtimeHandlers = [
    { name: "", features: { recursiveReadOnlyMounts: true } },
    { name: "runsc", features: undefined },
  ];
  const features = runtimeFeatures({ ...status, runtimeHandlers, features: { supplementalGroupsPolicy: true } }, true);
  assert.deepEqual(features, {
    supplementalGroupsPolicy: true,
    recursiveReadOnlyMounts: new Set([""]),
    appArmor: true,
  });
});
