import assert from "node:assert/strict";
import { test } from "node:test";
import { pluginsWithout, schedulerConfiguration } from "./scheduler-profile.ts";

test("a plugin is left out when one of its resources is missing, and only then", () => {
  const apps = ["replicasets.apps", "replicationcontrollers", "services", "statefulsets.apps"];
  assert.ok(!pluginsWithout(apps).includes("PodTopologySpread"));
  assert.ok(pluginsWithout(apps.slice(1)).includes("PodTopologySpread"));
  assert.ok(pluginsWithout([]).includes("DefaultPreemption"));
});

test("the configuration names what is left out", () => {
  const text = JSON.stringify(schedulerConfiguration("/k", ["VolumeZone"]));
  assert.match(text, /"multiPoint":\{"disabled":\[\{"name":"VolumeZone"\}\]\}/);
});
