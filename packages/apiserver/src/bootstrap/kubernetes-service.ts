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
import type { Client, NewObject } from "@dingi/client";

export interface KubernetesServiceOptions {
  readonly client: Client;
  /** The first address of the service range. */
  readonly clusterIp: string;
  /** Where pods reach this API server. */
  readonly advertise: { readonly address: string; readonly port: number };
}

const KEY = { namespace: "default", name: "kubernetes" };
const LABELS = { component: "apiserver", provider: "kubernetes" };

/** The Service `kubernetes` and its endpoints. Upstream: pkg/controlplane/controller/kubernetesservice, pkg/controlplane/reconcilers */
export async function publishApiServer({ client, clusterIp, advertise }: KubernetesServiceOptions): Promise<void> {
  const port = { name: "https", port: 443, protocol: "TCP", targetPort: advertise.port };
  const service: NewObject<V1Service> = {
    metadata: { ...KEY, labels: LABELS },
    spec: {
      clusterIP: clusterIp,
      ports: [port],
      sessionAffinity: "None",
      type: "ClusterIP",
      ipFamilyPolicy: "SingleStack",
    },
  };
  // Looked for first: to one that is written again its own address is another's, before its name is.
  if (!(await client.get(Service, KEY).catch(ignoreNotFound)))
    await client.create(Service, service).catch(ignoreAlreadyExists);
  const endpoints: NewObject<V1Endpoints> = {
    metadata: { ...KEY, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
    subsets: [
      { addresses: [{ ip: advertise.address }], ports: [{ name: "https", port: advertise.port, protocol: "TCP" }] },
    ],
  };
  const slice: NewObject<V1EndpointSlice> = {
    metadata: { ...KEY, labels: { "kubernetes.io/service-name": "kubernetes" } },
    addressType: "IPv4",
    endpoints: [{ addresses: [advertise.address], conditions: { ready: true } }],
    ports: [{ name: "https", port: advertise.port, protocol: "TCP" }],
  };
  await ensure(client, Endpoints, endpoints);
  await ensure(client, EndpointSlice, slice);
}

export interface AuthenticationConfig {
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
