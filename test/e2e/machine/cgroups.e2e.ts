import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { access, readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { systemClock } from "@dingi/base";
import { ensureCgroup, processesIn, procsFiles, removeCgroup } from "../../../packages/cluster/src/machine/cgroups.ts";
import { skipWithoutRoot } from "./machine-fixture.ts";

const UNIFIED = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"];

/** Where version 2 is mounted, also beside version 1. */
async function unifiedRoot(): Promise<string | undefined> {
  for (const root of UNIFIED) {
    const found = await access(`${root}/cgroup.subtree_control`).then(
      () => true,
      () => false,
    );
    if (found) return root;
  }
  return undefined;
}

test("in version 2, controllers are handed down and a leaf takes processes", { skip: skipWithoutRoot() }, async (t) => {
  const root = await unifiedRoot();
  if (!root) return t.skip("no cgroup2 is mounted");
  const hierarchies = { version: 2, roots: [root] } as const;
  const path = `/dingi-test-${process.pid}`;
  const leaf = `${path}/node/system`;
  await ensureCgroup(hierarchies, leaf);
  await ensureCgroup(hierarchies, leaf);
  const child = spawn("sleep", ["60"]);
  try {
    const available = (await readFile(`${root}/cgroup.controllers`, "utf8")).trim();
    assert.equal((await readFile(`${root}${path}/node/cgroup.subtree_control`, "utf8")).trim(), available);
    for (const file of procsFiles(hierarchies, leaf)) await writeFile(file, String(child.pid));
    assert.deepEqual(await processesIn(hierarchies, path), [child.pid]);
  } finally {
    child.kill("SIGKILL");
    await removeCgroup(hierarchies, path, systemClock);
  }
  await assert.rejects(access(`${root}${path}`));
});
