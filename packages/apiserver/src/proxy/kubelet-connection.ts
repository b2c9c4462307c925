import { Node, type V1Node, type V1Pod } from "@dingi/api";
import { newBadRequest, newNotFound, newServiceUnavailable, type Dialer } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import type { Duplex } from "node:stream";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import { inNetwork, isGlobalUnicast, sameAddress } from "./target-address.ts";

export interface KubeletConnectionOptions {
  readonly dialer: Dialer;
  readonly nodeNetwork?: string;
  /** Where this server is reached itself. */
  readonly advertise: { readonly address: string };
  /** Asked for each connection: it is renewed. PEM. */
  readonly kubeletClient: () => { readonly cert: string; readonly key: string };
  readonly kubeletCa: string;
}

interface KubeletTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly servername: string;
}

interface KubeletEndpoint {
  readonly connection: Duplex;
  readonly tls: KubeletTls;
  readonly authority: string;
}

/** Finds and dials the kubelet of a node. Upstream: pkg/kubelet/client/kubelet_client.go */
export class KubeletConnections {
  readonly #options: KubeletConnectionOptions;
  readonly #isNodes: (address: string) => boolean;

  constructor(options: KubeletConnectionOptions) {
    this.#options = options;
    const { nodeNetwork } = options;
    const isSimulated = nodeNetwork === undefined ? () => false : inNetwork(nodeNetwork);
    const isOwn = sameAddress(options.advertise.address);
    this.#isNodes = (address) => !isOwn(address) && (isGlobalUnicast(address) || isSimulated(address));
  }

  /** Throws StatusError 400 for a pod without a node, 404 for an unknown node, 503 when it cannot be reached. */
  async dialFor(pod: V1Pod, services: EndpointServices, signal: AbortSignal): Promise<KubeletEndpoint> {
    const { nodeName } = pod.spec;
    if (!nodeName) throw newBadRequest(`pod ${pod.metadata.name} does not have a host assigned`);
    return await this.dial(nodeName, services, signal);
  }

  /**
   * Where a node says that its kubelet listens. Throws StatusError 400 for an address at which no node can be: what a node
   * claims must not turn requests to it into requests to this server or its machine (CVE-2022-3294).
   *
   * Differs: upstream looks at the address only where requests are proxied, and resolves names.
   */
  addressOf(nodeName: string, services: EndpointServices): { readonly host: string; readonly port: number } {
    const node = services.feed.cache(Node as never).get(nodeName)?.object as V1Node | undefined;
    if (!node) throw newNotFound({ group: "", resource: "nodes" }, nodeName);
    const host = addressOf(node);
    if (!this.#isNodes(host)) throw newBadRequest("address not allowed");
    return { host, port: node.status.daemonEndpoints?.kubeletEndpoint?.Port || 10250 };
  }

  async dial(nodeName: string, services: EndpointServices, signal: AbortSignal): Promise<KubeletEndpoint> {
    const { host, port } = this.addressOf(nodeName, services);
    try {
      const connection = await this.#options.dialer.dial({ host, port }, signal);
      const { kubeletClient, kubeletCa } = this.#options;
      return {
        connection,
        tls: { ...kubeletClient(), ca: kubeletCa, servername: nodeName },
        authority: `${host}:${port}`,
      };
    } catch (error) {
      if (signal.aborted) throw error;
      throw newServiceUnavailable(`error dialing backend: ${describeError(error)}`);
    }
  }
}

function addressOf(node: V1Node): string {
  const addresses = node.status.addresses ?? [];
  const found = ["InternalIP", "ExternalIP", "Hostname"]
    .map((type) => addresses.find((address) => address.type === type))
    .find((address) => address !== undefined);
  if (!found) throw newServiceUnavailable(`node ${JSON.stringify(node.metadata.name)} has no address yet`);
  return found.address;
}
