import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TestCluster } from "@dingi/testing";
import { play, type Findings } from "./steps.ts";

const recorded = JSON.parse(readFileSync(join(import.meta.dirname, "recorded.json"), "utf8")) as Findings;

test("claims and volumes come to what upstream's controllers make of them, and it is told in the same words", async () => {
  await using cluster = await TestCluster.start({ parts: ["controllers"] });
  const findings = await play({ client: cluster.admin, rest: () => cluster.pass(3000) });
  assert.deepEqual(findings, recorded);
});
