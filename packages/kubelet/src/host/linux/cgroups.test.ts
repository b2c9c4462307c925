import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { openCgroups } from "./cgroups.ts";
import { scratchDirectory } from "./host-fixture.ts";

/** A directory with files in the place of the kernel's. */
async function rootWith(t: TestContext, files: Readonly<Record<string, string>>) {
  const root = await scratchDirectory(t);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  const read = (path: string) => readFile(join(root, path), "utf8").catch(() => undefined);
  const write = async (path: string, content: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  return { root, read, write, cgroups: await openCgroups(root) };
}

const ALL = { cpuShares: 1024, cpuQuotaUs: 50_000, memoryLimitBytes: 4096, pidsLimit: 10 };

test("in the unified hierarchy controllers are handed down, and limits written at the end", async (t) => {
  const { cgroups, read } = await rootWith(t, {
    "cgroup.controllers": "cpu memory pids rdma\n",
    "kube/cgroup.controllers": "cpu\n",
  });
  await cgroups.set("/kube/pod1", ALL);
  assert.equal(await read("cgroup.subtree_control"), "+cpu +memory +pids");
  assert.equal(await read("kube/cgroup.subtree_control"), "+cpu");
  assert.equal(await read("kube/pod1/cpu.weight"), "39");
  assert.equal(await read("kube/pod1/cpu.max"), "50000 100000");
  assert.equal(await read("kube/pod1/memory.max"), "4096");
  assert.equal(await read("kube/pod1/pids.max"), "10");
  assert.equal(await read("kube/cpu.max"), undefined);
});

test("in the unified hierarchy what is not limited is not written, and a quota of nothing is none", async (t) => {
  const { cgroups, root, read } = await rootWith(t, { "cgroup.controllers": "cpu\n" });
  await cgroups.set("/a", {});
  assert.deepEqual(await readdir(join(root, "a")), []);
  await cgroups.set("/a", { cpuQuotaUs: 0, cpuShares: 0 });
  assert.deepEqual([await read("a/cpu.max"), await read("a/cpu.weight")], ["max 100000", "0"]);
  for (const [shares, weight] of [
    [2, "1"],
    [262_144, "10000"],
  ] as const) {
    await cgroups.set("/a", { cpuShares: shares });
    assert.equal(await read("a/cpu.weight"), weight);
  }
});

const V1 = { "cpu,cpuacct/x": "", "cpu/x": "", "memory/x": "", "pids/x": "", "unified/x": "", "plain-file": "" };

test("with a hierarchy for each controller each is told of what is its own", async (t) => {
  const { cgroups, read, root } = await rootWith(t, V1);
  await cgroups.set("/kube/pod1", ALL);
  assert.equal(await read("cpu/kube/pod1/cpu.shares"), "1024");
  assert.equal(await read("cpu/kube/pod1/cpu.cfs_period_us"), "100000");
  assert.equal(await read("cpu/kube/pod1/cpu.cfs_quota_us"), "50000");
  assert.equal(await read("memory/kube/pod1/memory.limit_in_bytes"), "4096");
  assert.equal(await read("pids/kube/pod1/pids.max"), "10");
  assert.deepEqual(await readdir(join(root, "cpu,cpuacct/kube")), ["pod1"]);
  assert.deepEqual(await readdir(join(root, "unified")), ["x"]);
});

test("with a hierarchy for each controller what is not limited is not written", async (t) => {
  const { cgroups, root, read } = await rootWith(t, V1);
  await cgroups.set("/a", {});
  for (const hierarchy of ["cpu", "memory", "pids"]) assert.deepEqual(await readdir(join(root, hierarchy, "a")), []);
  await cgroups.set("/a", { cpuQuotaUs: -1 });
  assert.deepEqual([await read("cpu/a/cpu.cfs_period_us"), await read("cpu/a/cpu.cfs_quota_us")], [undefined, "-1"]);
});

test("a new cpuset is given its parent's processors, one that has its own keeps them", async (t) => {
  const { cgroups, read } = await rootWith(t, {
    "cpuset/cpuset.cpus": "0-3\n",
    "cpuset/cpuset.mems": "0\n",
    "cpuset/kube/cpuset.cpus": "1\n",
    "cpuset/kube/cpuset.mems": "\n",
    "cpuset/kube/pod1/cpuset.cpus": "\n",
    "cpuset/kube/pod1/cpuset.mems": "\n",
    "cpu/x": "",
    "memory/x": "",
    "pids/x": "",
  });
  await cgroups.set("/kube/pod1", {});
  assert.deepEqual([await read("cpuset/kube/cpuset.cpus"), await read("cpuset/kube/cpuset.mems")], ["1\n", "0\n"]);
  assert.deepEqual(
    [await read("cpuset/kube/pod1/cpuset.cpus"), await read("cpuset/kube/pod1/cpuset.mems")],
    ["1\n", "0\n"],
  );
});

test("what is removed goes with what is below it, from every hierarchy; what is busy stays", async (t) => {
  const unified = await rootWith(t, { "cgroup.controllers": "" });
  await mkdir(join(unified.root, "kube/pod1/a/b"), { recursive: true });
  await mkdir(join(unified.root, "kube/pod2"), { recursive: true });
  await unified.cgroups.remove("/kube/pod1");
  assert.deepEqual(await readdir(join(unified.root, "kube")), ["pod2"]);
  // A file cannot be removed from a cgroup; here it stands for a process.
  await unified.write("kube/pod2/busy", "");
  await unified.cgroups.remove("/kube/pod2");
  await unified.cgroups.remove("/kube/gone");
  assert.deepEqual(await readdir(join(unified.root, "kube")), ["pod2"]);
  const old = await rootWith(t, V1);
  for (const hierarchy of ["cpu", "memory"]) await mkdir(join(old.root, hierarchy, "kube/pod1"), { recursive: true });
  await old.cgroups.remove("/kube/pod1");
  for (const hierarchy of ["cpu", "memory"]) assert.deepEqual(await readdir(join(old.root, hierarchy, "kube")), []);
});
