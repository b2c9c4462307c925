import type { IncomingMessage } from "node:http";
import { requesterOver } from "@dingi/client";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import type { KubeletConnections } from "../proxy/kubelet-connection.ts";
import { parseResourceMetrics, type NodePoints } from "./parse-metrics.ts";

const PATH = "/metrics/resource";
/** What ten thousand containers say. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Asks a node's kubelet what is used there. Throws what the network throws. As in metrics-server, pkg/scraper/client/resource/client.go */
export async function readKubelet(
  nodeName: string,
  kubelets: KubeletConnections,
  { services, signal }: { readonly services: EndpointServices; readonly signal: AbortSignal },
): Promise<NodePoints> {
  const { connection, tls, authority } = await kubelets.dial(nodeName, services, signal);
  try {
    const send = await requesterOver({ connection, tls });
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const headers = { host: authority, connection: "close", accept: "text/plain" };
    const outgoing = send({ method: "GET", path: PATH, headers, signal });
    outgoing.once("error", reject);
    outgoing.once("response", resolve);
    outgoing.end();
    const response = await promise;
    const text = await textOf(response);
    if (response.statusCode !== 200)
      throw new Error(`The kubelet of node "${nodeName}" answered with status ${response.statusCode}`);
    return parseResourceMetrics(text);
  } finally {
    connection.destroy();
  }
}

async function textOf(response: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`The kubelet's answer is longer than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
