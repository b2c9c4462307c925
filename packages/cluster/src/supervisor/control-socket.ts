import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { rm } from "node:fs/promises";
import { describeError } from "@dingi/base";
import type { Supervisor } from "./supervisor.ts";
import type { SupervisorStatus } from "./status.ts";

/** What the command line asks of a running supervisor, over a socket that only its user can open. */
export async function serveControl(path: string, supervisor: Supervisor, onStopped: () => void): Promise<Server> {
  await rm(path, { force: true });
  const server = createServer((incoming, response) => void answer(supervisor, onStopped, incoming, response));
  const mask = process.umask(0o177);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(path, resolve);
  await promise;
  process.umask(mask);
  return server;
}

async function answer(
  supervisor: Supervisor,
  onStopped: () => void,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const send = (status: number, value: unknown) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  try {
    const url = new URL(incoming.url ?? "/", "http://supervisor");
    if (incoming.method === "GET" && url.pathname === "/status") send(200, supervisor.status);
    else if (incoming.method === "POST" && url.pathname === "/stop") {
      await supervisor.stop();
      send(200, {});
      onStopped();
    } else if (incoming.method === "POST" && url.pathname === "/nodes") send(200, await supervisor.addNode());
    else if (incoming.method === "DELETE" && url.pathname.startsWith("/nodes/")) {
      await supervisor.removeNode(decodeURIComponent(url.pathname.slice("/nodes/".length)));
      send(200, {});
    } else send(404, { error: "Not found" });
  } catch (error) {
    send(500, { error: describeError(error) });
  }
}

/** Undefined when no supervisor listens. */
export async function callSupervisor<T = unknown>(path: string, method: string, route: string): Promise<T | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
  const outgoing = request({ socketPath: path, method, path: route });
  outgoing.once("error", (error: NodeJS.ErrnoException) =>
    ["ENOENT", "ECONNREFUSED"].includes(error.code ?? "") ? resolve(undefined) : reject(error),
  );
  outgoing.once("response", (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
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
  return await callSupervisor<SupervisorStatus>(path, "GET", "/status");
}
