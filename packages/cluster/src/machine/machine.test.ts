import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { FakeClock, systemClock } from "@dingi/base";
import { parseCgroupMounts } from "./cgroups.ts";
import { cniConfig } from "./cni.ts";
import { type CommandError, quoted, run } from "./command.ts";
import { containerdConfig } from "./containerd-config.ts";
import { macAddress } from "./fabric.ts";
import { hasCapability, isCrunForTwo, majorVersion } from "./machine-features.ts";
import { simulatedNodeAddress } from "./addresses.ts";
import { addressIn, firstFree, podCidrOf, routedRanges, simulatedNetworks } from "./networks.ts";
import { identify, isAlive, killProcess } from "./process-identity.ts";

const FEATURES = {
  containerdMajor: 1,
  snapshotter: "overlayfs",
  runtimes: [{ name: "crun", path: "/usr/bin/crun" }],
  canLowerOomScore: false,
  hasAppArmor: false,
  hasHugetlb: false,
} as const;

test("a program's own words are in its failure", async () => {
  await assert.rejects(run(["sh", "-c", "echo broken >&2; exit 3"]), (error: CommandError) => {
    assert.equal(error.exitCode, 3);
    assert.match(error.message, /failed with exit code 3: broken/);
    return true;
  });
  await assert.rejects(run(["/nonexistent/program"]), /could not be run/);
  await assert.rejects(run(["sleep", "60"], { timeoutMs: 20 }), /could not be run/);
  assert.equal(await run(["sh", "-c", `printf %s ${quoted("it's $HOME")}`]), "it's $HOME");
});

test("an abort ends the program and rejects with its reason", async () => {
  const reason = new Error("enough");
  const stop = new AbortController();
  const sleeping = run(["sleep", "60"], { signal: stop.signal });
  stop.abort(reason);
  await assert.rejects(sleeping, (error) => error === reason);
});

test("a process is told from a later one of the same number", async () => {
  const child = spawn("sleep", ["60"]);
  const process = await identify(child.pid!);
  assert.equal(await isAlive(process), true);
  assert.equal(await isAlive({ ...process!, startTime: process!.startTime - 1 }), false);
  assert.equal(await isAlive({ ...process!, bootId: "another boot" }), false);
  await killProcess({ ...process!, startTime: 1 }, new FakeClock());
  assert.equal(await isAlive(process), true);
  await killProcess(process!, systemClock);
  assert.equal(await isAlive(process), false);
  await killProcess(process!, systemClock);
});

test("cgroups of both versions are found, and hybrid is version 1", () => {
  const v1 = "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw 0 0\n";
  const hybrid = `${v1}cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n`;
  assert.deepEqual(parseCgroupMounts(hybrid), {
    version: 1,
    roots: ["/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/memory"],
  });
  assert.deepEqual(parseCgroupMounts("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n"), {
    version: 2,
    roots: ["/sys/fs/cgroup"],
  });
  assert.throws(() => parseCgroupMounts("proc /proc proc rw 0 0\n"), /No cgroups are mounted/);
});

test("networks avoid what the machine and other clusters use", () => {
  const routes = routedRanges(
    "default via 10.0.0.1 dev eth0\n10.244.0.0/16 dev flannel\nlocal 127.0.0.0/8 dev lo\nlocal 198.18.0.1 dev dingi-18-0\nbroadcast 10.0.0.255 dev eth0\n",
  );
  assert.deepEqual(routes, ["10.244.0.0/16", "198.18.0.1", "10.0.0.255"]);
  assert.equal(firstFree(["10.244.0.0/16", "10.245.0.0/16"], routes), "10.245.0.0/16");
  assert.equal(firstFree(["198.18.0.0/24", "198.18.1.0/24"], routes), "198.18.1.0/24");
  assert.equal(firstFree(["10.0.0.0/24"], ["172.16.0.0/12"]), "10.0.0.0/24");
  assert.throws(() => firstFree(["10.0.0.0/24"], ["10.0.0.0/8"]), /No network is free/);
});

test("clusters of simulated nodes have loopback addresses of their own", () => {
  const first = simulatedNetworks([]);
  const second = simulatedNetworks([first]);
  assert.deepEqual(
    [first, second].map(({ fabric }) => simulatedNodeAddress(fabric, 1)),
    ["127.1.0.1", "127.1.1.1"],
  );
  assert.equal(simulatedNodeAddress("198.19.3.0/24", 50), "127.2.3.50");
});

test("addresses are counted within their range", () => {
  assert.equal(addressIn("198.18.3.0/24", 11), "198.18.3.11");
  assert.equal(podCidrOf("10.244.0.0/16", 3), "10.244.3.0/24");
  assert.throws(() => addressIn("198.18.3.0/24", 256), /has no address number 256/);
  assert.throws(() => podCidrOf("10.244.0.0/16", 256), /has no \/24 number 256/);
  assert.equal(macAddress("198.18.1.11"), "02:d1:12:01:00:0b");
});

test("containerd 1 and 2 are configured where each looks", () => {
  const options = {
    features: FEATURES,
    registries: "/n/certs.d",
    opt: "/n/opt",
  };
  const one = containerdConfig(options);
  assert.match(one, /^version = 2$/m);
  assert.match(
    one,
    /\[plugins\."io\.containerd\.grpc\.v1\.cri"\]\nsandbox_image = "localhost\/dingi\/pause:1"\nrestrict_oom_score_adj = true/,
  );
  assert.match(one, /containerd\.runtimes\.crun\.options\]\nSystemdCgroup = false\nBinaryName = "\/usr\/bin\/crun"/);
  const two = containerdConfig({ ...options, features: { ...FEATURES, containerdMajor: 2, canLowerOomScore: true } });
  assert.match(two, /^version = 3$/m);
  assert.match(two, /\[plugins\."io\.containerd\.cri\.v1\.images"\.pinned_images\]\nsandbox = /);
  assert.match(two, /\[plugins\."io\.containerd\.cri\.v1\.runtime"\]\nrestrict_oom_score_adj = false/);
});

test("what the machine is, is read from its own words", () => {
  assert.equal(majorVersion("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3"), 1);
  assert.equal(majorVersion("containerd github.com/containerd/containerd/v2 v2.3.7 abc"), 2);
  assert.throws(() => majorVersion("nonsense"), /names no version/);
  const crun = ["1.8.1", "1.14.2", "1.14.3", "1.15", "2.0"].map((version) =>
    isCrunForTwo(`crun version ${version}\nspec: 1.0.0`),
  );
  assert.deepEqual(crun, [false, false, true, true, true]);
  assert.equal(hasCapability("CapEff:\t000001fffeffffff\n", 24), false);
  assert.equal(hasCapability("CapEff:\t000001ffffffffff\n", 24), true);
});

test("the CNI configuration has the node's range", () => {
  assert.match(JSON.stringify(cniConfig("10.244.3.0/24")), /"ranges":\[\[\{"subnet":"10\.244\.3\.0\/24"\}\]\]/);
});
