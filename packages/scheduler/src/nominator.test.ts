import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { Nominator } from "./nominator.ts";

const podOf = (nominatedNodeName?: string): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { uid: "u" },
  spec: { containers: [] },
  status: nominatedNodeName === undefined ? {} : { nominatedNodeName },
});

test("what was decided stands until the API server shows a change", () => {
  const nominator = new Nominator();
  nominator.set(podOf(), "a");
  nominator.observe(podOf(), podOf());
  assert.equal(nominator.nodeOf("u"), "a");
  nominator.observe(podOf("b"), podOf());
  assert.deepEqual([nominator.on("a").length, nominator.on("b").length], [0, 1]);
  nominator.observe(podOf(), podOf("b"));
  assert.equal(nominator.nodeOf("u"), undefined);
  assert.equal(nominator.on("b").length, 0);
});
