import {
  ConfigMap,
  Endpoints,
  EndpointSlice,
  Service,
  type V1ConfigMap,
  type V1Endpoints,
  type V1EndpointSlice,
  type V1Service,
} from "@dingi/api";
import { ignoreAlreadyExists, ignoreNotFound, type KindDefinition, type KubeObject } from "@dingi/apimachinery";
import { equalJson } from "@dingi/apimachinery";
import { describeError, type Clock, type Logger } from "@dingi/base";
import type { Client, NewObject } from "@dingi/client";
import type { EndpointsLease } from "./endpoints-lease.ts";

interface KubernetesServiceOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lease: EndpointsLease;
  /** The first address of the first service range. */
  readonly clusterIp: string;
  /** Where pods reach the API servers; the address is this one's. */
  readonly port: number;
}

const KEY = { namespace: "default", name: "kubernetes" };
const LABELS = { component: "apiserver", provider: "kubernetes" };
const INTERVAL_MS = 10_000;

/**
 * The Service `kubernetes`, and as its endpoints all API servers that live.
 * Upstream: pkg/controlplane/controller/kubernetesservice, pkg/controlplane/reconcilers/lease.go
 */
export class KubernetesService {
  readonly #options: KubernetesServiceOptions;

  constructor(options: KubernetesServiceOptions) {
    this.#options = options;
  }

  /** Keeps it until the signal aborts, and takes this server's address out then. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, lease } = this.#options;
    while (!signal.aborted) {
      await this.#attempt(() => this.sync());
      await clock.sleep(INTERVAL_MS, signal).catch(() => {});
    }
    await this.#attempt(async () => {
      await lease.remove();
      await this.#publish(await lease.addresses());
    });
  }

  /** Rejects when the store or the server does not answer. */
  async sync(): Promise<void> {
    const { client, lease } = this.#options;
    await lease.renew();
    // Looked for first: to one that is written again its own address is another's, before its name is.
    if (!(await client.get(Service, KEY).catch(ignoreNotFound)))
      await client.create(Service, this.#service()).catch(ignoreAlreadyExists);
    const addresses = await lease.addresses();
    if (addresses.length === 0)
      throw new Error(
        "No API server's address is in the store, not even this one's; the endpoints are left as they are",
      );
    await this.#publish(addresses);
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.logger.error("The API server's own Service was not published", { error: describeError(error) });
    }
  }

  async #publish(addresses: readonly string[]): Promise<void> {
    const { client, port } = this.#options;
    const ports = [{ name: "https", port, protocol: "TCP" }];
    const listed = { addresses: addresses.map((ip) => ({ ip })), ports };
    const endpoints: NewObject<V1Endpoints> = {
      metadata: { ...KEY, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
      subsets: addresses.length > 0 ? [listed] : [],
    };
    const isIpv6 = (ip: string) => ip.includes(":");
    const addressType = addresses.length > 0 && addresses.every(isIpv6) ? "IPv6" : "IPv4";
    const slice: NewObject<V1EndpointSlice> = {
      metadata: { ...KEY, labels: { "kubernetes.io/service-name": KEY.name } },
      addressType,
      endpoints: addresses
        .filter((ip) => isIpv6(ip) === (addressType === "IPv6"))
        .map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
      ports: addresses.length > 0 ? ports : [],
    };
    await ensure(client, Endpoints, endpoints);
    await ensure(client, EndpointSlice, slice);
  }

  #service(): NewObject<V1Service> {
    const { clusterIp, port } = this.#options;
    return {
      metadata: { ...KEY, labels: LABELS },
      spec: {
        clusterIP: clusterIp,
        ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: port }],
        sessionAffinity: "None",
        type: "ClusterIP",
        ipFamilyPolicy: "SingleStack",
      },
    };
  }
}

interface AuthenticationConfig {
  readonly clientCa: string;
  readonly requestHeaderCa: string;
}

/** What aggregated servers need to know of how requests are authenticated. Upstream: pkg/controlplane/controller/clusterauthenticationtrust */
export async function publishAuthentication(
  client: Client,
  { clientCa, requestHeaderCa }: AuthenticationConfig,
): Promise<void> {
  const map: NewObject<V1ConfigMap> = {
    metadata: { namespace: "kube-system", name: "extension-apiserver-authentication" },
    data: {
      "client-ca-file": clientCa,
      "requestheader-allowed-names": '["front-proxy-client"]',
      "requestheader-client-ca-file": requestHeaderCa,
      "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
      "requestheader-group-headers": '["X-Remote-Group"]',
      "requestheader-username-headers": '["X-Remote-User"]',
    },
  };
  await ensure(client, ConfigMap, map);
}

/** Makes the object, or brings its content up to date. */
async function ensure<T extends KubeObject>(
  client: Client,
  kind: KindDefinition<T>,
  wanted: NewObject<T>,
): Promise<void> {
  const { metadata, ...content } = wanted;
  const key = { namespace: metadata.namespace ?? "", name: metadata.name ?? "" };
  const current = await client.get(kind, key).catch(ignoreNotFound);
  if (!current) return void (await client.create(kind, wanted).catch(ignoreAlreadyExists));
  const same = Object.entries(content).every(([field, value]) =>
    equalJson((current as Record<string, unknown>)[field], value),
  );
  if (!same) await client.update(kind, { ...current, ...content } as T);
}
