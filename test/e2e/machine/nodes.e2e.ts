import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { silentLogger, systemClock } from "@dingi/base";
import { connectContainerd, type ContainerRuntime, untilReady } from "@dingi/cri";
import { importIntoNodes } from "../../../packages/cluster/src/image/import-image.ts";
import { listImages } from "../../../packages/cluster/src/image/list-images.ts";
import { writeRegistryMirror } from "../../../packages/cluster/src/image/registry-mirror.ts";
import { run } from "../../../packages/cluster/src/machine/command.ts";
import { entering } from "../../../packages/cluster/src/machine/enter.ts";
import type { HeldSocket } from "../../../packages/cluster/src/machine/fabric-listener.ts";
import { killProcess, signalProcess } from "../../../packages/cluster/src/machine/process-identity.ts";
import { MachineFixture, skipWithoutRoot } from "./machine-fixture.ts";
import { answerOf, type RunningPod, runPod, shell } from "./pods.ts";

describe("two nodes on one machine", { skip: skipWithoutRoot(), concurrency: false }, () => {
  let fixture: MachineFixture;
  const runtimes: ContainerRuntime[] = [];
  const pods: RunningPod[] = [];
  const node = (index: number) => `${fixture.name}-${index}`;
  const connect = (index: number) =>
    connectContainerd({ socket: fixture.machine.containerdSocket(node(index)), clock: systemClock });

  before(async () => {
    fixture = await MachineFixture.open("two");
    for (const index of [1, 2]) {
      await fixture.addNode(index);
      runtimes.push(connect(index));
      pods.push(await runPod(fixture, runtimes[index - 1]!, { name: `web-${index}`, node: node(index) }));
    }
  });
  after(async () => {
    for (const runtime of runtimes) await runtime[Symbol.asyncDispose]();
    await fixture.close();
  });

  test("a pod has an address of its node's range and serves the machine", async () => {
    assert.match(pods[0]!.ip, /\.1\.\d+$/);
    assert.match(await answerOf(`http://${pods[0]!.ip}:8080/`), /^Hello from web-1, version 1/);
    assert.match(await answerOf(`http://${pods[1]!.ip}:8080/`), /^Hello from web-2, version 1/);
  });

  test("pods reach pods of both nodes, and nodes reach pods", async () => {
    for (const from of [0, 1]) {
      for (const to of pods) {
        const script = `timeout 30 wget -qO- http://${to.ip}:8080/`;
        assert.match(await shell(runtimes[from]!, pods[from]!, script), /^Hello from web-/);
      }
    }
    const { init } = fixture.machine.state.nodes[node(1)]!;
    const script = `timeout 30 busybox wget -qO- http://${pods[1]!.ip}:8080/`;
    assert.match(await run(entering(init.pid, ["sh", "-c", script])), /^Hello from web-2/);
  });

  test("a pod is seen by its own address", async () => {
    const host = fixture.networks.fabric.replace(".0/24", ".2");
    using held = await fixture.machine.listenInFabric({ host, port: 9000 });
    const server = serveOn(held, "(q, r) => r.end(q.socket.remoteAddress)");
    for (const index of [0, 1]) {
      const seen = await shell(runtimes[index]!, pods[index]!, `timeout 30 wget -qO- http://${host}:9000/`);
      assert.equal(seen, pods[index]!.ip);
    }
    server.kill("SIGKILL");
  });

  test("names of the world are resolved through the machine's resolver", async (t) => {
    const hosts = await run(["getent", "ahostsv4", "deb.debian.org"]).catch(() => "");
    if (hosts === "") return t.skip("this machine resolves no name of the world");
    const { init } = fixture.machine.state.nodes[node(1)]!;
    assert.notEqual(await run(entering(init.pid, ["getent", "ahostsv4", "deb.debian.org"])), "");
  });

  test("nothing of a node shows in the machine's mounts, and its firewall and forwarding are as they were", async () => {
    const mounts = await readFile("/proc/self/mounts", "utf8");
    assert.equal(mounts.includes("web-1") || mounts.includes(fixture.root), false);
    assert.equal((await run(["nft", "list", "ruleset"])).includes("dingi"), false);
  });

  test("the socket of a control plane is open while the process behind it is restarted", async () => {
    const { init } = fixture.machine.state.nodes[node(1)]!;
    const host = fixture.networks.fabric.replace(".0/24", ".2");
    using held = await fixture.machine.listenInFabric({ host, port: 6443 });
    await assert.rejects(fixture.machine.listenInFabric({ host, port: 6443 }), /cannot be listened on: .*EADDRINUSE/);
    const ask = () => run(entering(init.pid, ["sh", "-c", `timeout 30 busybox wget -qO- http://${host}:6443/`]));
    const first = serveOn(held, "(q, r) => r.end('first')");
    assert.equal(await ask(), "first");
    first.kill("SIGKILL");
    await new Promise((resolve) => first.once("exit", resolve));
    const waiting = ask();
    const second = serveOn(held, "(q, r) => r.end('second')");
    assert.equal(await waiting, "second");
    second.kill("SIGKILL");
  });

  test("an agent runs inside its node, in its cgroup, under a pid of the machine", async () => {
    const script = "hostname; cat /proc/self/cgroup; ls /var/lib/kubelet; sleep 60";
    const { child, identity } = await fixture.machine.spawnInNode(node(2), ["sh", "-c", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    for await (const chunk of child.stdout!) {
      output += String(chunk);
      if (output.includes("systemd:")) break;
    }
    assert.match(output, new RegExp(`^${node(2)}\n`));
    assert.match(output, new RegExp(`pids:/dingi/${fixture.name}/${node(2)}/system`));
    assert.match(await readFile(`/proc/${identity.pid}/cmdline`, "utf8"), /sleep 60/);
    await signalProcess(identity, "SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
  });

  test("killing containerd leaves its pods running, and it comes back by itself", async () => {
    const stop = new AbortController();
    const restarted = Promise.withResolvers<void>();
    const spec = await fixture.containerd(node(1));
    const supervision = fixture.machine.superviseContainerd(spec, {
      logger: silentLogger,
      signal: stop.signal,
      onRestart: () => restarted.resolve(),
    });
    const before = fixture.machine.state.nodes[node(1)]!.containerd!;
    await killProcess(before, systemClock);
    assert.match(await answerOf(`http://${pods[0]!.ip}:8080/`), /web-1/);
    await restarted.promise;
    await untilReady(runtimes[0]!.runtime, { clock: systemClock, timeoutMs: 60_000 });
    assert.notEqual(fixture.machine.state.nodes[node(1)]!.containerd!.pid, before.pid);
    const { status } = await runtimes[0]!.runtime.containerStatus(pods[0]!.containerId);
    assert.equal(status.state, "CONTAINER_RUNNING");
    stop.abort();
    await assert.rejects(supervision, { name: "AbortError" });
  });

  test("an image archive is loaded into all nodes, and listed with them", async () => {
    const archive = `${fixture.home}/cache/base-images.tar`;
    const targets = [1, 2].map((index) => ({
      name: node(index),
      socket: fixture.machine.containerdSocket(node(index)),
    }));
    assert.ok((await importIntoNodes(archive, targets)).includes("localhost/dingi/example:1"));
    const images = await listImages(runtimes.map(({ images }, index) => ({ name: node(index + 1), images })));
    const example = images.find(({ name }) => name === "localhost/dingi/example:1");
    assert.deepEqual(example?.nodes, [node(1), node(2)]);
    await assert.rejects(importIntoNodes("/nonexistent.tar", targets), /There is no file "\/nonexistent.tar"/);
  });

  test("an image is pulled through a registry's mirror", async () => {
    const host = fixture.networks.fabric.replace(".0/24", ".2");
    const folder = `${fixture.home}/cache/unpacked`;
    await mkdir(folder);
    await run(["tar", "-xf", `${fixture.home}/cache/base-images.tar`, "-C", folder]);
    using held = await fixture.machine.listenInFabric({ host, port: 5000 });
    const program = fileURLToPath(import.meta.resolve("./registry-program.mjs"));
    const registry = spawn(process.execPath, [program, folder], {
      stdio: ["ignore", "inherit", "inherit", held.handle],
    });
    try {
      const mirror = { registry: "registry.example", endpoints: [`http://${host}:5000`] };
      await writeRegistryMirror(fixture.machine.nodeDirectory(node(1)), mirror);
      const { images } = runtimes[0]!;
      const image = { image: "registry.example/dingi/example:1" };
      assert.equal(await images.imageStatus(image), undefined);
      assert.match(await images.pullImage(image), /^sha256:/);
      assert.match(
        (await images.imageStatus(image))?.repoDigests[0] ?? "",
        /^registry\.example\/dingi\/example@sha256:/,
      );
      const absent = images.pullImage({ image: "registry.example/dingi/absent:1" });
      await assert.rejects(absent, { name: "RuntimeError", message: /registry\.example/ });
    } finally {
      registry.kill("SIGKILL");
    }
  });

  test("a server that is stopped serves until nobody asks any more", async () => {
    const container = { envs: [{ key: "DRAIN_SECONDS", value: "5" }] };
    const pod = await runPod(fixture, runtimes[0]!, { name: "drain", node: node(1), container });
    await answerOf(`http://${pod.ip}:8080/`);
    const stopping = runtimes[0]!.runtime.stopContainer(pod.containerId, 30);
    for (let served = 0; served < 50; served++) {
      const response = await fetch(`http://${pod.ip}:8080/`, { signal: AbortSignal.timeout(5_000) });
      assert.match(await response.text(), /Hello from drain/);
    }
    await stopping;
    const { status } = await runtimes[0]!.runtime.containerStatus(pod.containerId);
    assert.deepEqual([status.exitCode, status.reason], [0, "Completed"]);
  });

  test("a cluster beside it has networks of its own", async () => {
    const beside = await MachineFixture.open("beside");
    try {
      assert.notDeepEqual(beside.networks, fixture.networks);
      const name = await beside.addNode(1);
      await using runtime = connectContainerd({ socket: beside.machine.containerdSocket(name), clock: systemClock });
      const pod = await runPod(beside, runtime, { name: "other", node: name });
      assert.match(await answerOf(`http://${pod.ip}:8080/`), /Hello from other/);
      assert.match(await answerOf(`http://${pods[0]!.ip}:8080/`), /Hello from web-1/);
    } finally {
      await beside.close();
    }
    assert.match(await answerOf(`http://${pods[0]!.ip}:8080/`), /Hello from web-1/);
  });
});

/** A process of the machine that answers on a held socket. */
function serveOn(held: HeldSocket, handler: string): ChildProcess {
  const program = `require("http").createServer(${handler}).listen({ fd: 3 })`;
  return spawn(process.execPath, ["-e", program], { stdio: ["ignore", "inherit", "inherit", held.handle] });
}
