import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Container, V1Pod } from "@dingi/api";
import type { ContainerRuntime, ContainerStatus, LinuxContainerResources } from "@dingi/cri";
import type { CgroupResources, Host } from "../host/host.ts";
import { CONTAINER_NAME_LABEL } from "../runtime/labels.ts";
import type { PodRuntime } from "../runtime/pod-runtime.ts";
import { PodResources } from "./pod-resources.ts";
import { resizeContainers } from "./resize.ts";

const MB = 1024 * 1024;
const podOf = (...containers: V1Container[]): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { uid: "u" },
  spec: { containers },
  status: {},
});
const limited = (name: string, cpu: string, memory: string, more: Partial<V1Container> = {}): V1Container => ({
  name,
  resources: { requests: { cpu, memory }, limits: { cpu, memory } },
  ...more,
});

/** What is done to give the second pod's resources to the first, in order. */
async function steps(before: V1Pod, after: V1Pod, usedBytes = 0): Promise<string[]> {
  const done: string[] = [];
  const running = before.spec.containers.map(
    ({ name }) =>
      ({
        id: `id-${name}`,
        state: "CONTAINER_RUNNING",
        labels: { [CONTAINER_NAME_LABEL]: name },
      }) as unknown as ContainerStatus,
  );
  const cri = {
    runtime: {
      containerStats: async () => ({ memory: { usageBytes: usedBytes } }),
      updateContainerResources: async (
        id: string,
        { cpuShares, cpuQuota, memoryLimitInBytes = 0 }: LinuxContainerResources,
      ) => void done.push(`${id}: ${cpuShares} ${cpuQuota} ${memoryLimitInBytes / MB}`),
    },
  } as unknown as ContainerRuntime;
  const host = {
    setCgroup: async (_path: string, { cpuShares, cpuQuotaUs, memoryLimitBytes = 0 }: CgroupResources) =>
      void done.push(`pod: ${cpuShares} ${cpuQuotaUs} ${memoryLimitBytes / MB}`),
  } as unknown as Host;
  const resources = new PodResources(before);
  resources.allocate(after);
  await resizeContainers({
    cri,
    host,
    cgroupRoot: "",
    nodeResources: { memoryBytes: 1000 * MB, hugePageSizes: [], swapControl: "none" },
    pod: after,
    resources,
    runtime: { containers: running, sandboxes: [] } as unknown as PodRuntime,
    signal: new AbortController().signal,
  });
  assert.equal(
    after.spec.containers.some(({ name, resizePolicy }) => !resizePolicy && resources.isBehind(name)),
    false,
  );
  return done;
}

test("the pod's cgroup grows first and shrinks last", async () => {
  const before = podOf(limited("a", "1", "100Mi"), limited("b", "1", "100Mi"));
  const after = podOf(limited("a", "2", "50Mi"), limited("b", "1", "100Mi"));
  assert.deepEqual(await steps(before, after), [
    "pod: 3072 300000 200",
    "id-a: 2048 200000 50",
    "pod: 3072 300000 150",
  ]);
});

test("leaves alone what is to be started again for it", async () => {
  const resizePolicy = [{ resourceName: "cpu", restartPolicy: "RestartContainer" }];
  const after = podOf(limited("a", "2", "100Mi", { resizePolicy }));
  assert.deepEqual(await steps(podOf(limited("a", "1", "100Mi")), after), [
    "pod: 2048 200000 100",
    "pod: 2048 200000 100",
  ]);
});

test("gives no container less memory than it uses", async () => {
  await assert.rejects(
    steps(podOf(limited("a", "1", "100Mi")), podOf(limited("a", "1", "50Mi")), 60 * MB),
    /attempting to set container "a" memory limit \(52428800\) below current usage \(62914560\)/,
  );
});

test("a pod's limit counts for the containers that have none", async () => {
  const whole = (cpu: string): V1Pod => {
    const pod = podOf({ name: "a" }, limited("b", "500m", "100Mi"));
    return {
      ...pod,
      spec: { ...pod.spec, resources: { limits: { cpu, memory: "200Mi" }, requests: { cpu: "1", memory: "200Mi" } } },
    };
  };
  assert.deepEqual(await steps(whole("1"), whole("2")), [
    "pod: 1024 200000 200",
    "id-a: 2048 200000 200",
    "id-b: 512 50000 100",
    "pod: 1024 200000 200",
  ]);
});
