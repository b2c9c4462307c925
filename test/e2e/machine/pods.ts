import { mkdir } from "node:fs/promises";
import type { ContainerConfig, ContainerRuntime, PodSandboxConfig } from "@dingi/cri";
import { EXAMPLE_IMAGE } from "../../../packages/cluster/src/image/base-images.ts";
import type { MachineFixture } from "./machine-fixture.ts";

export interface RunningPod {
  readonly podSandboxId: string;
  readonly containerId: string;
  readonly ip: string;
}

interface PodOptions {
  readonly name: string;
  readonly node: string;
  readonly command?: readonly string[];
  readonly container?: Partial<ContainerConfig>;
}

/** One pod of one container of the example image. */
export async function runPod(
  fixture: MachineFixture,
  { runtime }: ContainerRuntime,
  options: PodOptions,
): Promise<RunningPod> {
  const { name, node, command, container } = options;
  await mkdir(`${fixture.machine.nodeDirectory(node)}/log/pods/${name}`, { recursive: true });
  const sandboxConfig: PodSandboxConfig = {
    metadata: { name, uid: name, namespace: "default", attempt: 0 },
    hostname: name,
    logDirectory: `/var/log/pods/${name}`,
    linux: { cgroupParent: `/dingi/${fixture.name}/${node}/kubepods/${name}` },
  };
  const podSandboxId = await runtime.runPodSandbox(sandboxConfig);
  const config: ContainerConfig = {
    metadata: { name: "main", attempt: 0 },
    image: { image: EXAMPLE_IMAGE },
    logPath: "main_0.log",
    ...(command ? { command } : {}),
    ...container,
  };
  const containerId = await runtime.createContainer(podSandboxId, config, { sandboxConfig });
  await runtime.startContainer(containerId);
  const { status } = await runtime.podSandboxStatus(podSandboxId);
  return { podSandboxId, containerId, ip: status.network?.ip ?? "" };
}

export async function shell(
  { runtime }: ContainerRuntime,
  { containerId }: RunningPod,
  script: string,
): Promise<string> {
  const { stdout, stderr, exitCode } = await runtime.execSync(containerId, ["sh", "-c", script], {
    timeoutSeconds: 20,
  });
  const text = Buffer.from(stdout).toString();
  if (exitCode !== 0)
    throw new Error(`"${script}" failed with exit code ${exitCode}: ${text}${Buffer.from(stderr).toString()}`);
  return text;
}

/** Tries until the answer comes: a server needs a moment to listen. */
export async function answerOf(url: string): Promise<string> {
  for (let tries = 0; ; tries++) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      return await response.text();
    } catch (error) {
      if (tries === 600) throw new Error(`"${url}" does not answer`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
