import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { systemClock } from "@dingi/base";
import type { ContainerConfig, ContainerStatus } from "../container.ts";
import type { ContainerRuntime } from "../container-runtime.ts";
import type { PodSandboxConfig } from "../pod-sandbox.ts";
import { hasRuntimeCode } from "../runtime-error.ts";
import type { RuntimeEvent } from "../runtime-event.ts";
import { EventLog } from "./event-log.ts";

interface ContractSubject {
  /** In real time; called once. */
  open(): Promise<ContainerRuntime>;
  close(): Promise<void>;
  /** An image, already present, that has `sh`, `sleep`, `echo`, `cat` and `hostname`. */
  readonly image: string;
  /** An absolute directory that exists, and a fresh parent cgroup for each pod. */
  logDirectory(pod: string): Promise<string>;
  cgroupParent(pod: string): string;
  readonly skip?: string | false;
}

/** What every runtime has in common, as far as a kubelet relies on it. */
export function testRuntimeContract(name: string, subject: ContractSubject): void {
  describe(`runtime contract: ${name}`, { skip: subject.skip ?? false, concurrency: false }, () => {
    let opened: ContainerRuntime | undefined;
    const stop = new AbortController();
    let log: EventLog;
    let pods = 0;

    const cri = () => opened!.runtime;
    const is = (code: Parameters<typeof hasRuntimeCode>[1]) => (error: unknown) => hasRuntimeCode(error, code);

    before(async () => {
      opened = await subject.open();
      log = await EventLog.open(cri(), stop.signal);
    });
    after(async () => {
      stop.abort();
      await removeEverything();
      await subject.close();
    });

    async function removeEverything(): Promise<void> {
      for (const { id } of (await opened?.runtime.listPodSandbox()) ?? []) await cri().removePodSandbox(id);
    }

    async function podConfig(more: Partial<PodSandboxConfig> = {}): Promise<PodSandboxConfig> {
      const pod = `pod-${++pods}`;
      return {
        metadata: { name: pod, uid: `uid-${pods}`, namespace: "default", attempt: 0 },
        hostname: pod,
        logDirectory: await subject.logDirectory(pod),
        labels: { "io.kubernetes.pod.name": pod },
        annotations: { note: "kept" },
        linux: { cgroupParent: subject.cgroupParent(pod) },
        ...more,
      };
    }

    function containerConfig(command: readonly string[], more: Partial<ContainerConfig> = {}): ContainerConfig {
      return {
        metadata: { name: "main", attempt: 0 },
        image: { image: subject.image },
        command,
        labels: { "io.kubernetes.container.name": "main" },
        annotations: { hash: "abc" },
        logPath: "main_0.log",
        ...more,
      };
    }

    async function runContainer(command: readonly string[], more: Partial<ContainerConfig> = {}) {
      const sandboxConfig = await podConfig();
      const podSandboxId = await cri().runPodSandbox(sandboxConfig);
      const id = await cri().createContainer(podSandboxId, containerConfig(command, more), { sandboxConfig });
      await cri().startContainer(id);
      return { podSandboxId, sandboxConfig, id };
    }

    const statusOf = async (id: string): Promise<ContainerStatus> => (await cri().containerStatus(id)).status;

    async function exitOf(id: string): Promise<ContainerStatus> {
      await log.until((event) => event.type === "exited" && event.id === id);
      return statusOf(id);
    }

    test("names itself and is ready", async () => {
      const version = await cri().version();
      assert.notEqual(version.runtimeName, "");
      assert.equal(version.runtimeApiVersion, "v1");
      const { conditions } = await cri().status();
      for (const type of ["RuntimeReady", "NetworkReady"]) {
        assert.equal(conditions.find((condition) => condition.type === type)?.status, true, type);
      }
    });

    test("a sandbox is ready with an address, and is found by its labels", async () => {
      const config = await podConfig();
      const before = systemClock.now();
      const id = await cri().runPodSandbox(config);
      const { status } = await cri().podSandboxStatus(id);
      assert.equal(status.state, "SANDBOX_READY");
      assert.match(status.network?.ip ?? "", /^\d+\.\d+\.\d+\.\d+$/);
      assert.deepEqual(status.metadata, config.metadata);
      assert.deepEqual({ ...status.labels }, config.labels);
      assert.deepEqual({ ...status.annotations }, config.annotations);
      assert.ok(Math.abs(status.createdAtMs - before) < 60_000, `created at ${status.createdAtMs}`);
      const found = await cri().listPodSandbox({ labelSelector: config.labels!, state: "SANDBOX_READY" });
      assert.deepEqual(
        found.map((sandbox) => sandbox.id),
        [id],
      );
      assert.deepEqual(await cri().listPodSandbox({ id, state: "SANDBOX_NOTREADY" }), []);
    });

    test("two sandboxes have different addresses", async () => {
      const ids = await Promise.all(
        [podConfig(), podConfig()].map(async (config) => cri().runPodSandbox(await config)),
      );
      const statuses = await Promise.all(ids.map((id) => cri().podSandboxStatus(id)));
      assert.notEqual(statuses[0]!.status.network?.ip, statuses[1]!.status.network?.ip);
    });

    test("a sandbox on the node's network has no address of its own", async () => {
      const linux = {
        cgroupParent: subject.cgroupParent("host"),
        securityContext: { namespaceOptions: { network: "NODE" } },
      } as const;
      const id = await cri().runPodSandbox(await podConfig({ hostname: "", linux }));
      const { status } = await cri().podSandboxStatus(id);
      assert.equal(status.network?.ip ?? "", "");
      assert.equal(status.linux?.namespaces?.options?.network, "NODE");
    });

    test("the same name cannot be run twice, the next attempt can", async () => {
      const config = await podConfig();
      await cri().runPodSandbox(config);
      await assert.rejects(cri().runPodSandbox(config), { name: "RuntimeError" });
      await cri().runPodSandbox({ ...config, metadata: { ...config.metadata, attempt: 1 } });
    });

    test("stopping and removing a sandbox is idempotent and takes its containers along", async () => {
      const { podSandboxId, id } = await runContainer(["sleep", "3600"]);
      await cri().stopPodSandbox(podSandboxId);
      await cri().stopPodSandbox(podSandboxId);
      assert.equal((await cri().podSandboxStatus(podSandboxId)).status.state, "SANDBOX_NOTREADY");
      assert.equal((await exitOf(id)).state, "CONTAINER_EXITED");
      await cri().removePodSandbox(podSandboxId);
      await cri().removePodSandbox(podSandboxId);
      await assert.rejects(cri().podSandboxStatus(podSandboxId), is("NotFound"));
      await assert.rejects(cri().containerStatus(id), is("NotFound"));
      await cri().stopPodSandbox("0123456789abcdef");
    });

    test("a container goes from created to running to exited, and says how", async () => {
      const sandboxConfig = await podConfig();
      const podSandboxId = await cri().runPodSandbox(sandboxConfig);
      const config = containerConfig(["sh", "-c", "echo out; echo err >&2; exit 3"]);
      const id = await cri().createContainer(podSandboxId, config, { sandboxConfig });
      assert.equal((await statusOf(id)).state, "CONTAINER_CREATED");
      await cri().startContainer(id);
      const status = await exitOf(id);
      assert.equal(status.state, "CONTAINER_EXITED");
      assert.equal(status.exitCode, 3);
      assert.equal(status.reason, "Error");
      // A process may end before its start was noted, so their order is not promised.
      assert.ok(status.startedAtMs > 0 && status.finishedAtMs > 0);
      assert.deepEqual({ ...status.labels }, config.labels);
      assert.equal(status.logPath, `${sandboxConfig.logDirectory}/main_0.log`);
      const event = log.all.find(
        (seen): seen is RuntimeEvent & { type: "exited" } => seen.type === "exited" && seen.id === id,
      );
      assert.equal(event?.exitCode, 3);
    });

    test("a container that succeeds is Completed", async () => {
      const { id } = await runContainer(["true"]);
      const status = await exitOf(id);
      assert.deepEqual([status.exitCode, status.reason], [0, "Completed"]);
    });

    test("a started container was told of and is listed with its sandbox", async () => {
      const { podSandboxId, id } = await runContainer(["sleep", "3600"]);
      await log.until((event) => event.type === "started" && event.id === id);
      const listed = await cri().listContainers({ podSandboxId, state: "CONTAINER_RUNNING" });
      assert.deepEqual(
        listed.map((container) => [container.id, container.metadata.name]),
        [[id, "main"]],
      );
      assert.deepEqual(await cri().listContainers({ podSandboxId, labelSelector: { no: "such" } }), []);
    });

    test("a running container is killed at once with no grace, and its next attempt starts", async () => {
      const { podSandboxId, sandboxConfig, id } = await runContainer(["sleep", "3600"]);
      await cri().stopContainer(id, 0);
      assert.equal((await statusOf(id)).exitCode, 137);
      await cri().stopContainer(id, 0);
      const next = containerConfig(["sleep", "3600"], { metadata: { name: "main", attempt: 1 } });
      await assert.rejects(cri().createContainer(podSandboxId, containerConfig(["true"]), { sandboxConfig }), {
        name: "RuntimeError",
      });
      await cri().startContainer(await cri().createContainer(podSandboxId, next, { sandboxConfig }));
      await cri().removeContainer(id);
      await cri().removeContainer(id);
      await assert.rejects(cri().containerStatus(id), is("NotFound"));
    });

    test("a container cannot be started twice", async () => {
      const { id } = await runContainer(["sleep", "3600"]);
      await assert.rejects(cri().startContainer(id), { name: "RuntimeError" });
    });

    test("a command is executed to its end", async () => {
      const { id, sandboxConfig } = await runContainer(["sleep", "3600"]);
      const result = await cri().execSync(id, ["sh", "-c", "echo out; echo err >&2; exit 4"]);
      assert.equal(result.exitCode, 4);
      assert.equal(Buffer.from(result.stdout).toString(), "out\n");
      assert.equal(Buffer.from(result.stderr).toString(), "err\n");
      const hostname = await cri().execSync(id, ["hostname"]);
      assert.equal(Buffer.from(hostname.stdout).toString(), `${sandboxConfig.hostname}\n`);
    });

    test("an execution that takes too long fails, and leaves the container alone", async () => {
      const { id } = await runContainer(["sleep", "3600"]);
      await assert.rejects(cri().execSync(id, ["sleep", "30"], { timeoutSeconds: 1 }), is("DeadlineExceeded"));
      assert.equal((await statusOf(id)).state, "CONTAINER_RUNNING");
      assert.equal(
        log.all.some((event) => event.type === "exited" && event.id === id),
        false,
      );
    });

    test("a caller can leave", async () => {
      const { id } = await runContainer(["sleep", "3600"]);
      const reason = new Error("enough");
      await assert.rejects(
        cri().execSync(id, ["sleep", "30"], { signal: AbortSignal.abort(reason) }),
        (error) => error === reason,
      );
      const leave = new AbortController();
      const execution = cri().execSync(id, ["sleep", "30"], { signal: leave.signal });
      leave.abort(reason);
      await assert.rejects(execution, (error) => error === reason);
    });

    test("environment variables reach the process", async () => {
      const envs = [{ key: "GREETING", value: "নমস্কার" }];
      const { id } = await runContainer(["sleep", "3600"], { envs });
      const { stdout } = await cri().execSync(id, ["sh", "-c", 'echo "$GREETING"']);
      assert.equal(Buffer.from(stdout).toString(), "নমস্কার\n");
    });

    test("statistics tell of processor and memory", async () => {
      const { id, podSandboxId } = await runContainer(["sleep", "3600"]);
      const stats = await cri().containerStats(id);
      assert.equal(stats.attributes.id, id);
      assert.ok((stats.memory?.workingSetBytes ?? 0) > 0);
      assert.ok((stats.cpu?.usageCoreNanoSeconds ?? -1) >= 0);
      const listed = await cri().listContainerStats({ podSandboxId });
      assert.deepEqual(
        listed.map(({ attributes }) => attributes.id),
        [id],
      );
      const pod = await cri().podSandboxStats(podSandboxId);
      assert.equal(pod.attributes.id, podSandboxId);
      assert.ok((pod.linux?.memory?.workingSetBytes ?? 0) > 0);
      const all = await cri().listPodSandboxStats();
      const found = all.find(({ attributes }) => attributes.id === podSandboxId);
      assert.deepEqual(
        found?.linux?.containers.map(({ attributes }) => attributes.id),
        [id],
      );
    });

    test("resources can be changed while it runs, and its log reopened", async () => {
      const { id } = await runContainer(["sleep", "3600"]);
      await cri().updateContainerResources(id, { cpuShares: 512, memoryLimitInBytes: 64 * 1024 * 1024 });
      await cri().reopenContainerLog(id);
    });

    test("streaming URLs are given for what runs", async () => {
      const { id } = await runContainer(["sleep", "3600"]);
      const streams = { stdin: false, stdout: true, stderr: true, tty: false };
      assert.match(await cri().exec({ containerId: id, cmd: ["hostname"], ...streams }), /^http:\/\/.*\/exec\//);
      assert.match(await cri().attach({ containerId: id, ...streams }), /^http:\/\/.*\/attach\//);
    });

    test("what is unknown is NotFound, and harms nothing", async () => {
      const unknown = "0123456789abcdef";
      await assert.rejects(cri().containerStatus(unknown), is("NotFound"));
      await assert.rejects(cri().podSandboxStatus(unknown), is("NotFound"));
      await assert.rejects(cri().startContainer(unknown), is("NotFound"));
      await assert.rejects(cri().execSync(unknown, ["true"]), is("NotFound"));
      await assert.rejects(cri().containerStats(unknown), is("NotFound"));
      await cri().stopContainer(unknown, 0);
      await cri().removeContainer(unknown);
      await cri().removePodSandbox(unknown);
    });

    test("a present image has a status, an absent one none", async () => {
      const { images } = opened!;
      const image = await images.imageStatus({ image: subject.image });
      assert.match(image?.id ?? "", /^sha256:/);
      assert.ok((image?.size ?? 0) > 0);
      assert.ok((await images.listImages()).some(({ id }) => id === image?.id));
      assert.equal(await images.imageStatus({ image: "registry.invalid/none:1" }), undefined);
      await images.removeImage({ image: "registry.invalid/none:1" });
      const { imageFilesystems } = await images.imageFsInfo();
      // How much it holds is measured only now and then.
      assert.notEqual(imageFilesystems[0]?.mountpoint ?? "", "");
    });

    test("an image that cannot be pulled says why", async () => {
      const { images } = opened!;
      await assert.rejects(images.pullImage({ image: "registry.invalid/none:1" }), {
        name: "RuntimeError",
        message: /registry\.invalid/,
      });
      await assert.rejects(images.pullImage({ image: "UPPER CASE" }), { name: "RuntimeError", message: /reference/ });
      const sandboxConfig = await podConfig();
      const podSandboxId = await cri().runPodSandbox(sandboxConfig);
      const config = containerConfig(["true"], { image: { image: "registry.invalid/none:1" } });
      await assert.rejects(cri().createContainer(podSandboxId, config, { sandboxConfig }), is("NotFound"));
    });

    test("executions make no events", async () => {
      const { id } = await runContainer(["sleep", "3600"]);
      await log.until((event) => event.type === "started" && event.id === id);
      const seen = log.all.length;
      await cri().execSync(id, ["true"]);
      await cri().stopContainer(id, 0);
      await log.until((event) => event.type === "exited" && event.id === id);
      assert.deepEqual(
        log.all.slice(seen).map(({ type }) => type),
        ["exited"],
      );
    });
  });
}
