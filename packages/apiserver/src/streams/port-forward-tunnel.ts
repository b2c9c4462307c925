import type { ApiRequest, ApiResponse } from "@dingi/apimachinery";
import { newServiceUnavailable } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import { openUpgrade, type UpgradeTarget } from "@dingi/client";
import { ByteChannel } from "./byte-channel.ts";
import { offeredProtocols, WebSocketConnection } from "./web-socket.ts";

const PREFIX = "SPDY/3.1+";

/** What of SPDY the client wants to speak inside of a WebSocket: "portforward.k8s.io". */
function tunneledProtocols(request: ApiRequest): string[] {
  return offeredProtocols(request)
    .filter((name) => name.startsWith(PREFIX) && name.endsWith(".k8s.io"))
    .map((name) => name.slice(PREFIX.length));
}

export function asksForTunnel(request: ApiRequest): boolean {
  return tunneledProtocols(request).length > 0;
}

/**
 * Carries a client's SPDY, which it sends as binary messages, to the kubelet and back, and understands none of it. The
 * kubelet's refusal is the answer. Upstream: apiserver/pkg/util/proxy/streamtunnel.go
 */
export async function tunnelSpdy(
  request: ApiRequest,
  target: Omit<UpgradeTarget, "method" | "headers"> & { readonly authority: string },
): Promise<ApiResponse> {
  const headers = {
    host: target.authority,
    connection: "Upgrade",
    upgrade: "SPDY/3.1",
    "x-stream-protocol-version": tunneledProtocols(request),
    "content-length": "0",
  };
  const { upgraded, refused } = await openUpgrade({ ...target, method: "POST", headers }).catch((error: unknown) => {
    target.connection.destroy();
    throw newServiceUnavailable(`error dialing backend: ${describeError(error)}`);
  });
  if (refused) return refused;
  const chosen = upgraded.answer.headers["x-stream-protocol-version"];
  const kubelet = new ByteChannel(upgraded.socket, upgraded.head);
  try {
    const client = await WebSocketConnection.accept(request, `${PREFIX}${String(chosen)}`);
    void Promise.all([upstream(client, kubelet), downstream(kubelet, client)]);
  } catch (error) {
    kubelet.destroy();
    throw error;
  }
  return { status: 101, headers: {}, upgraded: true };
}

async function upstream(client: WebSocketConnection, kubelet: ByteChannel): Promise<void> {
  try {
    for await (const message of client.messages()) await kubelet.write(message);
  } catch {
    // The kubelet has gone, which the other direction sees, too.
  } finally {
    kubelet.destroy();
  }
}

async function downstream(kubelet: ByteChannel, client: WebSocketConnection): Promise<void> {
  try {
    for (let data = await kubelet.readSome(); data; data = await kubelet.readSome()) await client.send(data);
    await client.close();
  } catch {
    client.destroy();
  }
}
