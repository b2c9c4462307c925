import { request } from "node:http";
import type { ContainerRuntime } from "@dingi/cri";
import type { V1Container, V1LifecycleHandler } from "@dingi/api";
import type { Host } from "../host/host.ts";
import { portOf } from "../probe/prober.ts";

export interface HookTarget {
  readonly cri: ContainerRuntime;
  readonly host: Host;
  readonly container: V1Container;
  readonly containerId: string;
  readonly podIp: string;
  readonly signal: AbortSignal;
}

/** Runs a postStart or preStop handler; throws when it fails. Upstream: pkg/kubelet/lifecycle/handlers.go */
export async function runHook(handler: V1LifecycleHandler, target: HookTarget): Promise<void> {
  if (handler.exec) return await runExec(handler.exec.command ?? [], target);
  if (handler.httpGet) return await runHttp(handler.httpGet, target);
  // A sleep is waited for by whoever runs the hook, who has the clock.
}

async function runExec(command: readonly string[], { cri, containerId, signal }: HookTarget): Promise<void> {
  const { exitCode, stdout, stderr } = await cri.runtime.execSync(containerId, command, { signal });
  if (exitCode === 0) return;
  const output = Buffer.concat([stdout, stderr]).toString().slice(0, 1024);
  throw new Error(`Exec lifecycle hook (${JSON.stringify(command)}) failed with exit code ${exitCode}: ${output}`);
}

async function runHttp(action: NonNullable<V1LifecycleHandler["httpGet"]>, target: HookTarget): Promise<void> {
  const host = action.host || target.podIp;
  const port = portOf(action.port, target.container);
  const socket = await target.host.dial(host, port, target.signal);
  const headers = Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const outgoing = request({
    createConnection: () => socket as never,
    path: action.path || "/",
    headers: { host: `${host}:${port}`, ...headers },
    signal: target.signal,
  });
  outgoing.on("error", reject);
  outgoing.on("response", (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  });
  outgoing.end();
  const status = await promise;
  socket.destroy();
  if (status < 200 || status >= 400)
    throw new Error(`HTTP lifecycle hook (${action.path ?? "/"}) answered with status ${status}`);
}
