import { connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import type { ContainerRuntime } from "@dingi/cri";
import type { V1Container, V1Probe } from "@dingi/api";
import { describeError } from "@dingi/base";
import type { Host } from "../host/host.ts";

export interface ProbeResult {
  readonly ok: boolean;
  readonly output: string;
}

export interface ProbeTarget {
  readonly container: V1Container;
  readonly containerId: string;
  readonly podIp: string;
}

export interface ProberOptions {
  readonly host: Host;
  readonly cri: ContainerRuntime;
  readonly userAgent: string;
}

const MAX_OUTPUT = 10 * 1024;

/** Asks a container how it is, one of four ways. Upstream: pkg/kubelet/prober/prober.go */
export class Prober {
  readonly #options: ProberOptions;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  async probe(probe: V1Probe, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
    try {
      if (probe.exec) return await this.#exec(probe, target, signal);
      if (probe.httpGet) return await this.#http(probe.httpGet, target, signal);
      if (probe.tcpSocket) return await this.#tcp(probe.tcpSocket, target, signal);
      return await this.#grpc(probe.grpc!, target, signal);
    } catch (error) {
      return { ok: false, output: describeError(error) };
    }
  }

  async #exec(probe: V1Probe, { containerId }: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
    const timeoutSeconds = probe.timeoutSeconds ?? 1;
    const result = await this.#options.cri.runtime.execSync(containerId, probe.exec!.command ?? [], {
      timeoutSeconds,
      signal,
    });
    const output = Buffer.concat([result.stdout, result.stderr]).subarray(0, MAX_OUTPUT).toString();
    return { ok: result.exitCode === 0, output };
  }

  async #tcp(
    action: NonNullable<V1Probe["tcpSocket"]>,
    target: ProbeTarget,
    signal: AbortSignal,
  ): Promise<ProbeResult> {
    const socket = await this.#options.host.dial(
      action.host || target.podIp,
      portOf(action.port, target.container),
      signal,
    );
    socket.destroy();
    return { ok: true, output: "" };
  }

  async #http(action: NonNullable<V1Probe["httpGet"]>, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
    const host = action.host || target.podIp;
    const port = portOf(action.port, target.container);
    const socket = await this.#options.host.dial(host, port, signal);
    const secure = action.scheme === "HTTPS";
    const headers: Record<string, string> = {
      "user-agent": this.#options.userAgent,
      accept: "*/*",
      connection: "close",
      host: `${host}:${port}`,
    };
    for (const { name, value } of action.httpHeaders ?? []) headers[name.toLowerCase()] = value;
    const { status, body } = await get(socket, { secure, path: action.path || "/", headers, signal });
    const ok = status >= 200 && status < 400;
    return { ok, output: ok ? body : `HTTP probe failed with statuscode: ${status}` };
  }

  async #grpc(action: NonNullable<V1Probe["grpc"]>, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
    const socket = await this.#options.host.dial(target.podIp, action.port, signal);
    const served = await checkHealth(socket, action.service ?? "", signal);
    return {
      ok: served === 1,
      output: served === 1 ? "" : `service unhealthy (responded with ${JSON.stringify(SERVING[served] ?? "UNKNOWN")})`,
    };
  }
}

export function portOf(port: number | string, container: V1Container): number {
  if (typeof port === "number") return port;
  const named = container.ports?.find(({ name }) => name === port);
  if (named) return named.containerPort;
  const parsed = Number(port);
  if (Number.isInteger(parsed)) return parsed;
  throw new Error(`The container has no port named "${port}"`);
}

interface GetOptions {
  readonly secure: boolean;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
}

/** Redirects are answers, not followed; certificates are not verified: the probe asks whether it answers, not who. */
async function get(
  socket: Duplex,
  { secure, path, headers, signal }: GetOptions,
): Promise<{ status: number; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  // With an agent of its own, a request would not use the connection it is given.
  const options = { createConnection: () => socket as never, path, headers, signal };
  const request = secure
    ? httpsRequest({ path, headers, signal, agent: false, rejectUnauthorized: false, socket: socket as never } as never)
    : httpRequest(options);
  request.on("error", reject);
  request.on("response", (response) => {
    let body = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => body.length < MAX_OUTPUT && (body += chunk));
    response.on("end", () => resolve({ status: response.statusCode ?? 0, body: body.slice(0, MAX_OUTPUT) }));
    response.on("error", reject);
  });
  request.end();
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

const SERVING: Readonly<Record<number, string>> = { 0: "UNKNOWN", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN" };

/** grpc.health.v1.Health/Check: answers with its serving status. */
async function checkHealth(socket: Duplex, service: string, signal: AbortSignal): Promise<number> {
  const session = connectHttp2("http://probe", { createConnection: () => socket });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  session.on("error", reject);
  const stream = session.request(
    { ":method": "POST", ":path": "/grpc.health.v1.Health/Check", "content-type": "application/grpc", te: "trailers" },
    { signal },
  );
  const chunks: Buffer[] = [];
  stream.on("error", reject);
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  const onStatus = (headers: IncomingHttpHeaders) => {
    const status = headers["grpc-status"];
    if (status === undefined || status === "0") return;
    reject(
      new Error(`The gRPC health check failed with status ${String(status)}: ${String(headers["grpc-message"] ?? "")}`),
    );
  };
  // A failure without an answer comes in the headers; one after it, in the trailers.
  stream.on("response", onStatus).on("trailers", onStatus);
  stream.on("end", () => resolve(servingStatus(Buffer.concat(chunks))));
  const name = Buffer.from(service);
  const message =
    name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([head, message]));
  try {
    return await promise;
  } finally {
    session.destroy();
    socket.destroy();
  }
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** HealthCheckResponse{status=1}: a frame header of five bytes, then tag 8 and a small number. */
function servingStatus(frame: Buffer): number {
  return frame.length >= 7 && frame[5] === 0x08 ? frame[6]! : 0;
}
