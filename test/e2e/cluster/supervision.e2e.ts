import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { systemClock } from "@dingi/base";
import { identify } from "../../../packages/cluster/src/machine/process-identity.ts";
import { Dingi } from "./dingi.ts";
import { until } from "./until.ts";

const ROOT = process.getuid?.() === 0;
const skip = ROOT ? false : "needs root";
const NAME = "watch-over";

let dingi: Dingi;

before(async () => {
  if (!ROOT) return;
  dingi = await Dingi.create(NAME);
  await dingi.up("--runtime", "simulated");
});

after(async () => {
  if (ROOT) await dingi[Symbol.asyncDispose]();
});

const serves = async () => (await dingi.status()).serves;
const create = (name: string) =>
  dingi.core.createNamespacedConfigMap({ namespace: "default", body: { metadata: { name } } });

test("what nobody would read or do is refused, and nothing of it is kept", { skip }, async () => {
  const refusals = [
    [["--flag", "foo=bar"], /--flag knows no "foo"; there are node-monitor-period, /],
    [["--flag", "node-monitor-period=soon"], /takes a duration such as 40s, not "soon"/],
    [["--nodes", ""], /--nodes takes a number from 0 to 50, not ""/],
    [["--runtime", "docker"], /--runtime takes one of containerd, simulated, not "docker"/],
    [["--nodes", "7"], /exists with --nodes 1, which up does not change/],
  ] as const;
  for (const [args, says] of refusals) {
    const { code, stderr } = await dingi.fail("up", "--name", NAME, ...args);
    assert.equal(code, 1);
    assert.match(stderr, says);
  }
  const { code } = await dingi.fail("up", "--name", `${NAME}-new`, "--runtime", "simulated", "--flag", "foo=bar");
  assert.equal(code, 1);
  assert.equal(existsSync(join(dingi.home, "clusters", `${NAME}-new`, "cluster.json")), false);
});

test("a control plane that was killed is back, each time without a growing wait", { skip }, async (t) => {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const pid = await until("A control plane", () => dingi.pidOf("control-plane"));
    const startMs = systemClock.monotonic();
    process.kill(pid, "SIGKILL");
    await until("A write", () => create(`back-${round}`));
    times.push(systemClock.monotonic() - startMs);
  }
  t.diagnostic(`from the kill to the next write: ${times.map((ms) => ms.toFixed(0)).join(", ")} ms`);
});

test("a control plane that hangs is told of, noticed, and started again", { skip, timeout: 180_000 }, async () => {
  const pid = await dingi.pidOf("control-plane");
  process.kill(pid, "SIGSTOP");
  const { serves: served, problems, processes } = await dingi.status();
  assert.equal(served, false);
  assert.equal(processes.find(({ role }) => role === "control-plane")?.state, "stopped");
  assert.match(problems.join("\n"), /The API server does not answer/);
  await until("Another control plane", async () => (await serves()) && (await dingi.pidOf("control-plane")) !== pid);
  assert.equal(await identify(pid), undefined);
});

test("an agent that hangs is noticed and started again", { skip, timeout: 180_000 }, async () => {
  const pid = await dingi.pidOf("agent");
  process.kill(pid, "SIGSTOP");
  await until("Another agent", async () => {
    const { processes } = await dingi.status();
    return processes.some((part) => part.role === "agent" && part.pid > 0 && part.pid !== pid);
  });
  assert.equal(await identify(pid), undefined);
});

test("up after stop waits for what the nodes say now", { skip }, async () => {
  await dingi.run("stop", "--name", NAME);
  const startMs = systemClock.now();
  await dingi.up();
  const { status } = await dingi.core.readNode({ name: `${NAME}-1` });
  const ready = status!.conditions!.find(({ type }) => type === "Ready");
  assert.equal(ready?.status, "True");
  assert.ok(ready.lastHeartbeatTime!.getTime() >= Math.floor(startMs / 1000) * 1000, "said by the kubelet of now");
});

test("a node that was added is there and ready when node add returns", { skip }, async () => {
  assert.match(await dingi.run("node", "add", "--name", NAME), /Node "watch-over-2" is added and ready/);
  const { status } = await dingi.core.readNode({ name: `${NAME}-2` });
  assert.equal(status!.conditions!.find(({ type }) => type === "Ready")?.status, "True");
});

test("a store that has lost writes is refused, which up and status tell, with the way back", { skip }, async () => {
  for (let i = 0; i < 20; i++) await create(`acknowledged-${i}`);
  const [supervisor, controlPlane] = [await dingi.pidOf("supervisor"), await dingi.pidOf("control-plane")];
  for (const pid of [supervisor, controlPlane]) process.kill(pid, "SIGKILL");
  await rm(join(dingi.home, "clusters", NAME, "store", "state.db-wal"));
  const { code, stderr } = await dingi.fail("up", "--name", NAME);
  assert.equal(code, 1);
  const says = /has lost writes: it ends at revision \d+, although writes up to \d+ were acknowledged/;
  assert.match(stderr, says);
  assert.match(stderr, new RegExp(`: dingi up --name ${NAME} --accept-data-loss`));
  const { serves: served, problems } = await dingi.status();
  assert.equal(served, false);
  assert.match(problems.join("\n"), says);
  assert.match(await dingi.run("status", "--name", NAME), says);
  assert.match(
    await dingi.up("--accept-data-loss"),
    /The store goes on from revision \d+, of \d+ that were acknowledged/,
  );
  await until("A write", () => create("after-the-loss"));
  assert.equal((await dingi.status()).problems.length, 0);
});

test("an empty directory in place of the store is no new cluster", { skip }, async () => {
  await dingi.run("stop", "--name", NAME);
  await rm(join(dingi.home, "clusters", NAME, "store"), { recursive: true });
  const { stderr } = await dingi.fail("up", "--name", NAME);
  assert.match(stderr, /has lost writes: it is missing or empty, although writes up to revision \d+/);
  await dingi.up("--accept-data-loss");
  await until("A write", () => create("in-the-new-one"));
});

test("a supervisor that hangs is told of, and replaced by up", { skip }, async () => {
  const pid = await dingi.pidOf("supervisor");
  process.kill(pid, "SIGSTOP");
  const { phase, problems } = await dingi.status();
  assert.equal(phase, "hangs");
  assert.match(problems.join("\n"), new RegExp(`The supervisor, process ${pid}, runs and does not answer`));
  await dingi.up();
  assert.equal(await identify(pid), undefined);
  assert.equal(await serves(), true);
});

test("delete ends all of a cluster that hangs, agents in their nodes and supervisor included", { skip }, async () => {
  const other = await Dingi.create(`${NAME}-2`);
  await other.up();
  const { processes } = await other.status();
  const hung = processes.filter(({ role }) => ["supervisor", "control-plane", "agent"].includes(role));
  assert.equal(hung.length, 3);
  for (const { pid } of hung) process.kill(pid, "SIGSTOP");
  await other[Symbol.asyncDispose]();
  for (const { role, pid } of processes) assert.equal(await identify(pid), undefined, `${role} has ended`);
});

test(
  "an agent in its node that does not end when it is asked to holds up neither stop nor delete",
  { skip },
  async () => {
    const other = await Dingi.create(`${NAME}-3`);
    await other.up();
    const [agent, supervisor] = [await other.pidOf("agent"), await other.pidOf("supervisor")];
    process.kill(agent, "SIGSTOP");
    await other.run("stop", "--name", other.name);
    assert.equal(await identify(agent), undefined);
    assert.equal(await identify(supervisor), undefined);
    await other[Symbol.asyncDispose]();
  },
);

test("no signal opens a debugger in any process of the cluster", { skip }, async () => {
  const SIGUSR1 = 10;
  for (const part of ["supervisor", "control-plane", "agent"]) {
    const pid = await until(`A ${part}`, () => dingi.pidOf(part));
    const caught = /^SigCgt:\t([0-9a-f]+)$/m.exec(await readFile(`/proc/${pid}/status`, "utf8"));
    assert.equal(BigInt(`0x${caught?.[1]}`) & (1n << BigInt(SIGUSR1 - 1)), 0n, `${part} listens to SIGUSR1`);
  }
});
