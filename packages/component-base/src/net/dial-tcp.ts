import { connect, type Socket } from "node:net";

/** Opens a TCP connection. Rejects with the network's own error, or with the signal's reason. */
export async function dialTcp(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connect({ host, port, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  socket.once("connect", resolve);
  socket.once("error", reject);
  try {
    await promise;
    // Until somebody else listens for it, an error must not end the process.
    socket.on("error", () => socket.destroy());
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    socket.off("error", reject);
    signal.removeEventListener("abort", onAbort);
  }
}
