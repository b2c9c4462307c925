import { hasRuntimeCode, rpcErrorText, type ContainerRuntime } from "@dingi/cri";
import type { V1Container, V1Probe } from "@dingi/api";
import { joinHostPort } from "@dingi/apimachinery";
import { expand } from "../container/expansion.ts";
import type { Host } from "../host/host.ts";
import { checkHealth, GrpcStatusError, SERVING_STATUSES } from "./grpc-health.ts";
import { httpGet, httpGetRequest, portOf } from "./http-get.ts";
import { netErrorText } from "./net-error-text.ts";

/**
 * What a probe found out; a warning is a success that is told of. "error": it could not be asked, so nothing is known.
 * Upstream: pkg/probe/probe.go
 */
export interface ProbeResult {
  readonly verdict: "success" | "warning" | "failure" | "error";
  readonly output: string;
}

interface ProbeTarget {
  readonly container: V1Container;
  readonly containerId: string;
  readonly podIp: string;
}

interface ProberOptions {
  readonly host: Host;
  readonly cri: ContainerRuntime;
  readonly userAgent: string;
}

const MAX_OUTPUT = 10 * 1024;
/** Upstream: pkg/kubelet/prober/prober.go#maxProbeRetries */
const MAX_TRIES = 3;
const UNIMPLEMENTED = 12;

/** Asks a container how it is, one of four ways. Upstream: pkg/kubelet/prober/prober.go */
export class Prober {
  readonly #options: ProberOptions;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  async probe(probe: V1Probe, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
    let result: ProbeResult;
    let tries = 0;
    do {
      result = await this.#once(probe, target, signal);
    } while (result.verdict === "error" && ++tries < MAX_TRIES && !signal.aborted);
    return result;
  }

  async #once(probe: V1Probe, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
    try {
      if (probe.exec) return await this.#exec(probe, target, signal);
      if (probe.httpGet) return await this.#http(probe.httpGet, target, signal);
      if (probe.tcpSocket) return await this.#tcp(probe.tcpSocket, target, signal);
      return await this.#grpc(probe, target, signal);
    } catch (error) {
      return { verdict: "error", output: rpcErrorText(error) };
    }
  }

  /** A program that does not end in time has failed; one that cannot be run says nothing of the container. */
  async #exec(probe: V1Probe, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
    const timeoutSeconds = probe.timeoutSeconds ?? 1;
    const command = (probe.exec!.command ?? []).map((text) => expandStatic(text, target.container));
    try {
      const options = { timeoutSeconds, signal };
      const { exitCode, stdout, stderr } = await this.#options.cri.runtime.execSync(
        target.containerId,
        command,
        options,
      );
      const output = Buffer.concat([stdout, stderr]).subarray(0, MAX_OUTPUT).toString();
      return { verdict: exitCode === 0 ? "success" : "failure", output };
    } catch (error) {
      if (!signal.aborted && !hasRuntimeCode(error, "DeadlineExceeded")) throw error;
      const program = JSON.stringify(command.join(" "));
      return { verdict: "failure", output: `command timed out: ${program} timed out after ${timeoutSeconds}s` };
    }
  }

  async #tcp(
    action: NonNullable<V1Probe["tcpSocket"]>,
    target: ProbeTarget,
    signal: AbortSignal,
  ): Promise<ProbeResult> {
    const host = action.host || target.podIp;
    const port = portOf(action.port, target.container);
    try {
      (await this.#options.host.dial(host, port, signal)).destroy();
      return { verdict: "success", output: "" };
    } catch (error) {
      return { verdict: "failure", output: netErrorText(error, { address: joinHostPort(host, port), signal }) };
    }
  }

  /** An answer that leads elsewhere is a warning. Upstream: pkg/probe/http/http.go#DoHTTPProbe */
  async #http(action: NonNullable<V1Probe["httpGet"]>, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
    const { host, userAgent } = this.#options;
    const request = httpGetRequest(action, { ...target, userAgent });
    try {
      const { status, body } = await httpGet(request, { host, signal });
      if (status < 200 || status >= 400)
        return { verdict: "failure", output: `HTTP probe failed with statuscode: ${status}` };
      if (status >= 300) return { verdict: "warning", output: `Probe terminated redirects, Response body: ${body}` };
      return { verdict: "success", output: body };
    } catch (error) {
      return { verdict: "failure", output: (error as Error).message };
    }
  }

  /** Upstream: pkg/probe/grpc/grpc.go */
  async #grpc(probe: V1Probe, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
    const { port, service = "" } = probe.grpc!;
    const { host, userAgent } = this.#options;
    const seconds = probe.timeoutSeconds ?? 1;
    const failed = (output: string): ProbeResult => ({ verdict: "failure", output });
    const address = joinHostPort(target.podIp, port);
    const socket = await host.dial(target.podIp, port, signal).catch((error: unknown) => error as Error);
    if (socket instanceof Error) {
      if (signal.aborted)
        return failed(`timeout: failed to connect service "${address}" within ${seconds}s: context deadline exceeded`);
      return failed(`error: failed to connect service at "${address}": ${netErrorText(socket, { address, signal })}`);
    }
    try {
      const served = await checkHealth(socket, { service, userAgent, signal });
      const status = SERVING_STATUSES[served] ?? String(served);
      if (status !== "SERVING") return failed(`service unhealthy (responded with "${status}")`);
      return { verdict: "success", output: "service healthy" };
    } catch (error) {
      if (signal.aborted) return failed(`timeout: health rpc did not complete within ${seconds}s`);
      return failed(healthErrorText(error));
    }
  }
}

function healthErrorText(error: unknown): string {
  if (!(error instanceof GrpcStatusError)) return `error: health rpc probe failed: ${(error as Error).message}`;
  if (error.code === UNIMPLEMENTED)
    return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.message}`;
  return `error: health rpc probe failed: rpc error: code = ${grpcCodeName(error.code)} desc = ${error.message}`;
}

/** Upstream: google.golang.org/grpc/codes */
const GRPC_CODES =
  "OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted FailedPrecondition Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated".split(
    " ",
  );

function grpcCodeName(code: number): string {
  return GRPC_CODES[code] ?? `Code(${code})`;
}

/** Only variables whose value stands in the spec are known. Upstream: pkg/kubelet/container/helpers.go#ExpandContainerCommandOnlyStatic */
function expandStatic(text: string, container: V1Container): string {
  return expand(text, (name) => container.env?.findLast((variable) => variable.name === name)?.value);
}
