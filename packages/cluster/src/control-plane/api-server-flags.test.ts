import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { apiServerFlags } from "./api-server-flags.ts";

test("without flags an API server is as kubeadm starts upstream's", () => {
  const { admission, maxInFlight, priorityAndFairness } = apiServerFlags({});
  assert.deepEqual(admission, { enable: ["NodeRestriction"], disable: [], settings: {} });
  assert.deepEqual([maxInFlight, priorityAndFairness], [{ reading: 400, mutating: 200 }, true]);
});

test("plugins are switched, and told what stands in a file and the files beside it", (context) => {
  const directory = mkdtempSync(join(tmpdir(), "admission-"));
  context.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "admission.yaml");
  writeFileSync(file, "kind: AdmissionConfiguration\nplugins: [{ name: EventRateLimit, path: events.yaml }]\n");
  writeFileSync(join(directory, "events.yaml"), "limits: [{ type: Server, qps: 5, burst: 7 }]\n");
  const { admission, priorityAndFairness } = apiServerFlags({
    "enable-admission-plugins": "EventRateLimit,AlwaysPullImages",
    "disable-admission-plugins": "LimitRanger",
    "admission-control-config-file": file,
    "enable-priority-and-fairness": "false",
  });
  assert.deepEqual(admission, {
    enable: ["NodeRestriction", "EventRateLimit", "AlwaysPullImages"],
    disable: ["LimitRanger"],
    settings: { EventRateLimit: [{ type: "Server", qps: 5, burst: 7 }] },
  });
  assert.equal(priorityAndFairness, false);
});
