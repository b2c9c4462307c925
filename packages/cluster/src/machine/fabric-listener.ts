import { spawn, type SpawnOptions } from "node:child_process";
import { fileURLToPath } from "node:url";
import { entering } from "./enter.ts";

/** An element of `stdio`: the child gets the socket by that number, and calls `server.listen({ fd })`. */
type Handle = Extract<NonNullable<SpawnOptions["stdio"]>, readonly unknown[]>[number];

/**
 * A socket that listens inside a network namespace, held here without being accepted from: connections wait in its queue
 * until a child that was given it accepts them, also while that child is being restarted.
 */
export interface HeldSocket extends Disposable {
  readonly handle: Handle;
}

/** Node's own type for it is not public. */
type RawHandle = Handle & { close(): void };

/** Opens the socket in the network namespace of the process `pid`. Fails with the system's word when the port is taken. */
export async function listenInFabric(
  pid: number,
  address: { readonly host: string; readonly port: number },
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<HeldSocket> {
  const { signal } = options;
  signal?.throwIfAborted();
  const opener = fileURLToPath(import.meta.resolve("./listening-socket.mjs"));
  const [program = "", ...args] = entering(pid, [process.execPath, opener, address.host, String(address.port)], "net");
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe", "ipc"], ...(signal ? { signal } : {}) });
  const stderr: Buffer[] = [];
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  const { promise, resolve, reject } = Promise.withResolvers<RawHandle>();
  child.once("message", (_, handle) => resolve(handle as unknown as RawHandle));
  child.once("error", reject);
  child.once("close", () => {
    const said = Buffer.concat(stderr).toString().trim();
    reject(new Error(`Address "${address.host}:${address.port}" of the fabric cannot be listened on: ${said}`));
  });
  const handle = await promise;
  return { handle, [Symbol.dispose]: () => handle.close() };
}
