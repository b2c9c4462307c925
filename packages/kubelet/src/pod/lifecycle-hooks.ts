import { rpcErrorText, type ContainerRuntime } from "@dingi/cri";
import type { V1Container, V1LifecycleHandler, V1Pod } from "@dingi/api";
import type { Clock } from "@dingi/base";
import type { Host } from "../host/host.ts";
import { httpGet, httpGetRequest, urlOf, type HttpGetAction } from "../probe/http-get.ts";
import { isPlainAnswer } from "../probe/net-error-text.ts";
import { formatPod } from "./pod-containers.ts";
import type { PodEvents } from "./pod-events.ts";

/** What runs hooks, and tells of them. */
export interface HookServices {
  readonly cri: ContainerRuntime;
  readonly host: Host;
  readonly clock: Clock;
  readonly events: PodEvents;
  /** "1.37", for who asks. */
  readonly kubeVersion: string;
}

interface HookTarget extends HookServices {
  readonly pod: V1Pod;
  readonly container: V1Container;
  readonly containerId: string;
  readonly podIp: string;
  readonly signal: AbortSignal;
}

/** Of what a hook printed, as much stands in the container's status. */
const MAX_OUTPUT = 1024;

/**
 * Runs a postStart or preStop handler; throws when it fails. The message may quote what the hook printed, secrets
 * included: it belongs into the pod's status, never into events. Upstream: pkg/kubelet/lifecycle/handlers.go
 */
export async function runHook(handler: V1LifecycleHandler, target: HookTarget): Promise<void> {
  const { clock, signal } = target;
  if (handler.exec) return await runExec(handler.exec.command ?? [], target);
  if (handler.httpGet) return await runHttp(handler.httpGet, target);
  if (handler.sleep) return await clock.sleep(Number(handler.sleep.seconds) * 1000, signal);
}

async function runExec(command: readonly string[], target: HookTarget): Promise<void> {
  const { cri, containerId, signal } = target;
  const failed = (error: string, output = "") =>
    new Error(
      `Exec lifecycle hook ([${command.join(" ")}]) for ${subject(target)} failed - error: ${error}, message: ${JSON.stringify(output.slice(0, MAX_OUTPUT))}`,
    );
  const { exitCode, stdout, stderr } = await cri.runtime
    .execSync(containerId, command, { signal })
    .catch((error: unknown) => {
      throw failed(rpcErrorText(error));
    });
  if (exitCode === 0) return;
  const errors = Buffer.from(stderr).subarray(0, MAX_OUTPUT).toString();
  throw failed(
    `command '${command.join(" ")}' exited with ${exitCode}: ${errors}`,
    Buffer.concat([stdout, stderr]).toString(),
  );
}

/** Any answer will do: only what does not answer has failed. */
async function runHttp(action: HttpGetAction, target: HookTarget): Promise<void> {
  const { container, podIp, kubeVersion } = target;
  try {
    const request = httpGetRequest(action, { container, podIp, userAgent: `kube-lifecycle/${kubeVersion}` });
    await httpGet(request, target).catch(async (error: unknown) => {
      if (!request.secure || !isPlainAnswer(error)) throw error;
      await fallBack(request, target);
    });
  } catch (error) {
    throw new Error(
      `HTTP lifecycle hook (${action.path ?? ""}) for ${subject(target)} failed - error: ${(error as Error).message}`,
    );
  }
}

/** Hooks that say HTTPS once were asked in plain HTTP. Upstream: pkg/kubelet/lifecycle/handlers.go#isHTTPResponseError */
async function fallBack(request: ReturnType<typeof httpGetRequest>, target: HookTarget): Promise<void> {
  const plain = {
    ...request,
    secure: false,
    headers: request.headers.filter(([name]) => name.toLowerCase() !== "authorization"),
  };
  await httpGet(plain, target);
  const { host } = new URL(urlOf(request));
  target.events.pod(
    target.pod,
    "Warning",
    "LifecycleHTTPFallback",
    `request to HTTPS lifecycle hook ${host} got HTTP response, retry with HTTP succeeded`,
  );
}

function subject({ container, pod }: HookTarget): string {
  return `Container ${JSON.stringify(container.name)} in Pod ${JSON.stringify(formatPod(pod))}`;
}
