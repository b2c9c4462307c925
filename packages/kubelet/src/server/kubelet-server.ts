import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";
import type { V1Pod } from "@dingi/api";
import { forwardUpgrade, type Client } from "@dingi/client";
import { describeError, type Clock, type Logger } from "@dingi/base";
import type { Kubelet } from "../kubelet.ts";
import { latestContainer, isRunning, readPodRuntime, readySandbox } from "../runtime/pod-runtime.ts";
import { parseLogOptions } from "./log-options.ts";
import { streamLog } from "./log-stream.ts";
import { HttpError, parseTarget, type RequestTarget } from "./request-target.ts";
import { callerOf, KubeletAuthorizer } from "./kubelet-authorizer.ts";
import { resourceMetrics } from "../stats/resource-metrics.ts";
import { StatsProvider } from "../stats/stats-provider.ts";
import { summaryJson } from "../stats/summary.ts";
import { once } from "node:events";

interface KubeletServerOptions {
  readonly kubelet: Kubelet;
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nodeName: string;
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
}

/** The node's own API, for the API server: logs, exec, attach, port-forward. Upstream: pkg/kubelet/server/server.go */
export class KubeletServer implements AsyncDisposable {
  readonly #options: KubeletServerOptions;
  readonly #authorizer: KubeletAuthorizer;
  readonly #server: Server;
  readonly #stats: StatsProvider;

  constructor(options: KubeletServerOptions) {
    const { client, clock, nodeName, cert, key, clientCa } = options;
    this.#options = options;
    this.#authorizer = new KubeletAuthorizer(client, clock, nodeName);
    const { cri, host } = options.kubelet;
    this.#stats = new StatsProvider({ cri, host, clock, nodeName });
    this.#server = createServer({ cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: false });
    this.#server.on("request", (request, response) => void this.#request(request, response));
    this.#server.on(
      "upgrade",
      (request: IncomingMessage, socket: TLSSocket, head: Buffer) => void this.#upgrade(request, socket, head),
    );
    this.#server.on("tlsClientError", (error) => options.logger.debug("TLS handshake failed", { error }));
  }

  /** New connections are served with these from now on. */
  setCertificate(cert: string, key: string, clientCa: string): void {
    this.#server.setSecureContext({ cert, key, ca: clientCa });
  }

  async listen(host: string, port: number): Promise<AddressInfo> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject);
    this.#server.listen(port, host, resolve);
    await promise;
    return this.#server.address() as AddressInfo;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #authorize(request: IncomingMessage): Promise<RequestTarget> {
    const target = parseTarget(request.url ?? "/");
    if (target.path === "/healthz") return target;
    const caller = callerOf(request.socket as TLSSocket);
    if (!caller) throw new HttpError(401, "Unauthorized");
    if (await this.#authorizer.allows(caller, request.method ?? "GET", target.path)) return target;
    throw new HttpError(
      403,
      `Forbidden (user=${caller.name}, verb=${request.method}, resource=nodes, subresource=proxy)`,
    );
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#serve(await this.#authorize(request), response);
    } catch (error) {
      fail(response, error, this.#options.logger);
    }
  }

  async #serve({ path, parts: [route, ...parts], query }: RequestTarget, response: ServerResponse): Promise<void> {
    if (path === "/healthz") return answerOk(response);
    if (path === "/pods")
      return answerJson(response, {
        kind: "PodList",
        apiVersion: "v1",
        metadata: {},
        items: this.#options.kubelet.pods,
      });
    if (path === "/metrics/resource") return await this.#resourceMetrics(response);
    if (path === "/stats/summary") return await this.#summary(query, response);
    if (route === "containerLogs") return await this.#logs(parts, query, response);
    throw new HttpError(404, "404 page not found");
  }

  /** What could not be measured is said so in the answer. Upstream: pkg/kubelet/metrics/collectors/resource_metrics.go */
  async #resourceMetrics(response: ServerResponse): Promise<void> {
    const summary = await this.#stats.read({ isShort: true, signal: goneSignal(response) }).catch((error: unknown) => {
      this.#options.logger.warn("Resources were not measured", { error: describeError(error) });
      return undefined;
    });
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
    response.end(resourceMetrics(summary));
  }

  /** Upstream: pkg/kubelet/server/stats/handler.go#handleSummary */
  async #summary(query: URLSearchParams, response: ServerResponse): Promise<void> {
    const isShort = query.getAll("only_cpu_and_memory").join() === "true";
    const summary = await this.#stats.read({ isShort, signal: goneSignal(response) });
    response.writeHead(200, { "content-type": "application/json" });
    response.end(summaryJson(summary));
  }

  #pod(namespace: string, name: string): V1Pod {
    const pod = this.#options.kubelet.findPod(namespace, name);
    if (!pod)
      throw new HttpError(
        404,
        `pod ${JSON.stringify(name)} does not exist in namespace ${JSON.stringify(namespace)} on this node`,
      );
    return pod;
  }

  async #logs(
    [namespace = "", name = "", container = ""]: readonly string[],
    query: URLSearchParams,
    response: ServerResponse,
  ): Promise<void> {
    const { kubelet, clock } = this.#options;
    const pod = this.#pod(namespace, name);
    const options = parseLogOptions(query, clock);
    const gone = goneSignal(response);
    const runtime = await readPodRuntime(kubelet.cri, { uid: pod.metadata.uid ?? "", name, namespace }, gone);
    const attempts = runtime.containers.filter((status) => status.labels["io.kubernetes.container.name"] === container);
    const status = query.get("previous") === "true" ? attempts[1] : attempts[0];
    if (!status) throw noLog(pod, container, query.get("previous") === "true");
    response.writeHead(200, { "content-type": "text/plain", "transfer-encoding": "chunked" });
    response.flushHeaders();
    let running = isRunning(status);
    using _poll =
      query.get("follow") === "true" && running
        ? followEnd(clock, () => this.#stillRuns(pod, container, status.id).then((runs) => (running = runs)))
        : undefined;
    const stream = streamLog({
      host: kubelet.host,
      clock,
      path: status.logPath,
      options,
      isRunning: () => running,
      signal: gone,
    });
    for await (const chunk of stream)
      if (!response.write(chunk)) await once(response, "drain", { signal: gone }).catch(() => {});
    response.end();
  }

  async #stillRuns(pod: V1Pod, container: string, id: string): Promise<boolean> {
    const { uid = "", name = "", namespace = "" } = pod.metadata;
    const runtime = await readPodRuntime(
      this.#options.kubelet.cri,
      { uid, name, namespace },
      new AbortController().signal,
    );
    const latest = latestContainer(runtime, container);
    return latest?.id === id && isRunning(latest);
  }

  /** exec, attach, portForward: the runtime streams; here is only the pipe. */
  async #upgrade(request: IncomingMessage, socket: TLSSocket, head: Buffer): Promise<void> {
    const { logger } = this.#options;
    socket.on("error", () => socket.destroy());
    try {
      const target = new URL(await this.#streamingUrl(await this.#authorize(request)));
      const connection = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
      await once(connection, "connect");
      const headers = { ...request.headers, host: target.host, connection: "Upgrade" };
      const takeOver = () => {
        if (head.length > 0) socket.unshift(head);
        return socket;
      };
      const refused = await forwardUpgrade(takeOver, {
        path: target.pathname + target.search,
        method: request.method ?? "GET",
        headers,
        connection,
        signal: new AbortController().signal,
      });
      if (refused) refuse(socket, refused.status, Buffer.from(refused.body).toString());
    } catch (error) {
      const status = error instanceof HttpError ? error.status : 500;
      if (status === 500) logger.warn("Stream was not opened", { path: request.url, error: describeError(error) });
      refuse(socket, status, describeError(error));
    }
  }

  async #streamingUrl({ parts, query }: RequestTarget): Promise<string> {
    const { kubelet } = this.#options;
    const [route = "", namespace = "", name = "", container = ""] = parts;
    const pod = this.#pod(namespace, name);
    const runtime = await readPodRuntime(
      kubelet.cri,
      { uid: pod.metadata.uid ?? "", name, namespace },
      new AbortController().signal,
    );
    if (route === "portForward") {
      const sandbox = readySandbox(runtime);
      if (!sandbox) throw new HttpError(400, `pod ${name} is not running`);
      const ports = query
        .getAll("port")
        .concat(query.getAll("ports"))
        .flatMap((text) => text.split(","))
        .map(Number)
        .filter((port) => port > 0);
      return await kubelet.cri.runtime.portForward({ podSandboxId: sandbox.id, port: ports });
    }
    const status = latestContainer(runtime, container);
    if (!isRunning(status)) throw new HttpError(404, `container not found (${JSON.stringify(container)})`);
    const flag = (long: string, short: string) => ["1", "true"].includes(query.get(long) ?? query.get(short) ?? "");
    const tty = flag("tty", "tty");
    const streams = {
      containerId: status.id,
      stdin: flag("stdin", "input"),
      stdout: flag("stdout", "output"),
      stderr: !tty && flag("stderr", "error"),
      tty,
    };
    if (route === "attach") return await kubelet.cri.runtime.attach(streams);
    if (route === "exec") return await kubelet.cri.runtime.exec({ ...streams, cmd: query.getAll("command") });
    throw new HttpError(404, "404 page not found");
  }
}

function noLog(pod: V1Pod, container: string, previous: boolean): HttpError {
  const name = pod.metadata.name ?? "";
  if (previous)
    return new HttpError(
      400,
      `previous terminated container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} not found`,
    );
  const status = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])].find(
    (candidate) => candidate.name === container,
  );
  const reason = status?.state?.waiting?.reason ?? "ContainerCreating";
  return new HttpError(
    400,
    `container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} is waiting to start: ${reason}`,
  );
}

/** Aborts once nobody reads the answer any more. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  return gone.signal;
}

const FOLLOW_MS = 500;

/** Looks now and then whether the container has ended. */
function followEnd(clock: Clock, look: () => Promise<unknown>): Disposable {
  const stop = new AbortController();
  void (async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(FOLLOW_MS, stop.signal).catch(() => {});
      if (!stop.signal.aborted) await look().catch(() => {});
    }
  })();
  return { [Symbol.dispose]: () => stop.abort() };
}

/** Upstream: apiserver/pkg/server/healthz/healthz.go */
function answerOk(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" });
  response.end("ok");
}

function answerJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

const REASONS: ReadonlyMap<number, string> = new Map([
  [400, "BadRequest"],
  [401, "Unauthorized"],
  [403, "Forbidden"],
  [404, "NotFound"],
  [422, "Invalid"],
]);

function fail(response: ServerResponse, error: unknown, logger: Logger): void {
  const status = error instanceof HttpError ? error.status : 500;
  if (status === 500) logger.warn("Request failed", { error: describeError(error) });
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { "content-type": "application/json" });
  const message = describeError(error);
  const reason = REASONS.get(status) ?? "InternalError";
  response.end(
    JSON.stringify({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      reason,
      code: status,
    }),
  );
}

function refuse(socket: TLSSocket, status: number, message: string): void {
  const body = Buffer.from(message);
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${message}`,
  );
}
