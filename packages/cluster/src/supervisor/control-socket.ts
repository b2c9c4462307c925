import { createServer, request, type Server, type ServerResponse } from "node:http";
import { rm } from "node:fs/promises";
import { describeError, systemClock } from "@dingi/base";
import type { Supervisor } from "./supervisor.ts";
import type { SupervisorStatus } from "./status.ts";

type Route = (url: URL) => Promise<unknown>;

/** What the command line asks of a running supervisor, over a socket that only its user can open. */
export async function serveControl(path: string, supervisor: Supervisor, onStopped: () => void): Promise<Server> {
  await rm(path, { force: true });
  const routes = routesOf(supervisor);
  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? "/", "http://supervisor");
    const route = routes[`${incoming.method} ${url.pathname.split("/", 2).join("/")}`];
    const ends = ENDING.includes(url.pathname);
    void answer(response, route && (() => route(url))).then((succeeded) => {
      if (ends && succeeded) onStopped();
    });
  });
  const mask = process.umask(0o177);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(path, resolve);
  await promise;
  process.umask(mask);
  return server;
}

/** After these the supervisor ends. */
const ENDING: readonly string[] = ["/stop", "/retire"];
const DEFAULT_GRACE_SECONDS = 10;

/** By method and the first part of the path. */
function routesOf(supervisor: Supervisor): Readonly<Record<string, Route>> {
  return {
    "GET /status": () => supervisor.status(),
    "POST /hurry": () => supervisor.hurry(),
    "POST /renew": () => supervisor.renewControlPlane(),
    "POST /certificates": () => supervisor.renewCertificates(),
    "POST /authorities": () => supervisor.rotateAuthorities(),
    "POST /stop": (url) => supervisor.stop(Number(url.searchParams.get("grace") ?? DEFAULT_GRACE_SECONDS)),
    "POST /retire": () => supervisor.retire(),
    "POST /nodes": () => supervisor.addNode(),
    "DELETE /nodes": (url) => supervisor.removeNode(decodeURIComponent(url.pathname.slice("/nodes/".length))),
  };
}

/** Resolves, once the answer is out, to whether it tells of success. */
async function answer(response: ServerResponse, work: (() => Promise<unknown>) | undefined): Promise<boolean> {
  const send = (status: number, value: unknown) =>
    new Promise<void>((resolve) => {
      response.once("close", resolve);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    });
  try {
    if (!work) await send(404, { error: "Not found" });
    else await send(200, (await work()) ?? {});
    return work !== undefined;
  } catch (error) {
    await send(500, { error: describeError(error) });
    return false;
  }
}

/** A supervisor listens, but does not answer in time. */
export class SupervisorSilentError extends Error {
  override name = "SupervisorSilentError";
}

/** What a supervisor takes for an answer that it has, however busy it is. */
const ANSWER_MS = 5_000;
/** Making a node, of which each step has a limit of its own. */
const WORK_MS = 300_000;

/** `call` is "POST /hurry". Undefined when no supervisor listens. Throws SupervisorSilentError when it does not answer in time. */
export async function callSupervisor<T = unknown>(
  path: string,
  call: string,
  deadlineMs = call.startsWith("GET ") ? ANSWER_MS : WORK_MS,
): Promise<T | undefined> {
  const [method, route] = call.split(" ");
  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
  const outgoing = request({ socketPath: path, method, path: route });
  using _limit = systemClock.timer(deadlineMs, () => {
    reject(new SupervisorSilentError(`The supervisor did not answer within ${deadlineMs / 1000} s`));
    outgoing.destroy();
  });
  outgoing.once("error", (error: NodeJS.ErrnoException) =>
    ["ENOENT", "ECONNREFUSED", "ECONNRESET"].includes(error.code ?? "") ? resolve(undefined) : reject(error),
  );
  outgoing.once("response", (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.once("error", reject);
    response.on("end", () => {
      const value = JSON.parse(Buffer.concat(chunks).toString()) as T & { error?: string };
      if ((response.statusCode ?? 500) >= 300) reject(new Error(value.error ?? "The supervisor refused"));
      else resolve(value);
    });
  });
  outgoing.end();
  return await promise;
}

export async function supervisorStatus(path: string): Promise<SupervisorStatus | undefined> {
  return await callSupervisor<SupervisorStatus>(path, "GET /status");
}
