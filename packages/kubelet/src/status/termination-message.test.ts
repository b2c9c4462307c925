import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import { terminationMessageFile } from "../container/container-config.ts";
import { SimulatedHost } from "../host/simulated/simulated-host.ts";
import { CONTAINER_NAME_LABEL, TERMINATION_POLICY_ANNOTATION } from "../runtime/labels.ts";
import type { PodRuntime } from "../runtime/pod-runtime.ts";
import { readTerminationMessages } from "./termination-message.ts";

const POD = "/var/lib/kubelet/pods/uid";
const FILE = terminationMessageFile(POD, "main", 2);
const LOG = "/var/log/pods/main/2.log";
const logOf = (lines: readonly string[]) =>
  lines.map((line) => `2026-01-01T00:00:00.000000000Z stdout F ${line}\n`).join("");

interface End {
  readonly files?: Readonly<Record<string, string>>;
  readonly exitCode?: number;
  readonly policy?: string;
  readonly state?: string;
}

async function lastWords({ files = {}, exitCode = 1, policy = "File", state = "CONTAINER_EXITED" }: End) {
  const host = new SimulatedHost({ clock: new FakeClock(), name: "node" });
  for (const [path, content] of Object.entries(files)) await host.writeFile(path, content);
  const container = {
    id: "c1",
    metadata: { name: "main", attempt: 2 },
    state,
    exitCode,
    logPath: LOG,
    labels: { [CONTAINER_NAME_LABEL]: "main" },
    annotations: { [TERMINATION_POLICY_ANNOTATION]: policy },
  };
  const runtime = { containers: [container], sandboxes: [] } as unknown as PodRuntime;
  return (await readTerminationMessages(host, runtime, POD)).get("c1");
}

const FALLBACK = "FallbackToLogsOnError";

test("what an ended container wrote are its last words, at most 4096 bytes of them", async () => {
  assert.equal(await lastWords({ files: { [FILE]: "bye" } }), "bye");
  assert.equal(await lastWords({ files: { [FILE]: `x${"y".repeat(4096)}` } }), "y".repeat(4096));
  assert.equal(await lastWords({ files: { [FILE]: "bye" }, state: "CONTAINER_RUNNING" }), undefined);
  assert.equal(await lastWords({ files: { [FILE]: "bye", [LOG]: logOf(["no"]) }, policy: FALLBACK }), "bye");
});

test("of who wrote nothing and failed the end of the log is taken, if that is asked for", async () => {
  const files = { [LOG]: logOf(["one", "two"]) };
  assert.equal(await lastWords({ files, policy: FALLBACK }), "one\ntwo\n");
  assert.equal(await lastWords({ files: { ...files, [FILE]: "" }, policy: FALLBACK }), "one\ntwo\n");
  assert.equal(await lastWords({ files, policy: FALLBACK, exitCode: 0 }), undefined);
  assert.equal(await lastWords({ files }), undefined);
  assert.equal(await lastWords({ policy: FALLBACK }), undefined);
});

test("of a long log 80 lines are taken, and 2048 bytes", async () => {
  const many = logOf(Array.from({ length: 100 }, (_, i) => String(i)));
  const lines = (await lastWords({ files: { [LOG]: many }, policy: FALLBACK }))?.trimEnd().split("\n");
  assert.deepEqual([lines?.length, lines?.at(-1)], [80, "99"]);
  const wide = logOf(["a".repeat(1500), "b".repeat(1500)]);
  assert.equal((await lastWords({ files: { [LOG]: wide }, policy: FALLBACK }))?.length, 2048);
});
