import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";

/** Kinds that upstream's programs watch before they begin to work, by resource. */
const KINDS: Readonly<Record<string, string>> = {
  clustertrustbundles: "ClusterTrustBundle",
  cronjobs: "CronJob",
  csidrivers: "CSIDriver",
  csinodes: "CSINode",
  csistoragecapacities: "CSIStorageCapacity",
  daemonsets: "DaemonSet",
  deviceclasses: "DeviceClass",
  devicetaintrules: "DeviceTaintRule",
  horizontalpodautoscalers: "HorizontalPodAutoscaler",
  ingressclasses: "IngressClass",
  ingresses: "Ingress",
  ipaddresses: "IPAddress",
  jobs: "Job",
  limitranges: "LimitRange",
  networkpolicies: "NetworkPolicy",
  persistentvolumeclaims: "PersistentVolumeClaim",
  persistentvolumes: "PersistentVolume",
  podcertificaterequests: "PodCertificateRequest",
  poddisruptionbudgets: "PodDisruptionBudget",
  podtemplates: "PodTemplate",
  priorityclasses: "PriorityClass",
  replicationcontrollers: "ReplicationController",
  resourceclaims: "ResourceClaim",
  resourceclaimtemplates: "ResourceClaimTemplate",
  resourcequotas: "ResourceQuota",
  resourceslices: "ResourceSlice",
  runtimeclasses: "RuntimeClass",
  servicecidrs: "ServiceCIDR",
  statefulsets: "StatefulSet",
  storageclasses: "StorageClass",
  validatingadmissionpolicies: "ValidatingAdmissionPolicy",
  validatingadmissionpolicybindings: "ValidatingAdmissionPolicyBinding",
  volumeattachments: "VolumeAttachment",
  volumeattributesclasses: "VolumeAttributesClass",
};

const COLLECTION = /^\/(?:api\/(?<core>v1)|apis\/(?<group>[^/]+\/[^/]+))\/(?:namespaces\/[^/]+\/)?(?<resource>[a-z]+)$/;
const REVISION = "1";

export interface Server {
  /** "https://127.0.0.1:6443" */
  readonly url: string;
  readonly ca: string;
  /** Under which requests without a token go on. */
  readonly cert: string;
  readonly key: string;
}

/**
 * Stands before our API server for one of upstream's programs, and answers reads of collections that it does not serve as
 * if they were empty, since such a program waits for all of them. All else goes through.
 */
export class AbsentKinds implements AsyncDisposable {
  readonly #to: Server;
  readonly #server = createServer((incoming, response) => this.#forward(incoming, response));
  readonly #seen = new Set<string>();

  private constructor(to: Server) {
    this.#to = to;
  }

  static async before(to: Server): Promise<AbsentKinds> {
    const front = new AbsentKinds(to);
    front.#server.listen(0, "127.0.0.1");
    await once(front.#server, "listening");
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The resources that were asked for and are not there. */
  get absent(): readonly string[] {
    return [...this.#seen].sort();
  }

  #forward(incoming: IncomingMessage, response: ServerResponse): void {
    const { url, ca, cert, key } = this.#to;
    const { host: _host, ...headers } = incoming.headers;
    // Who shows a token, such as a controller's service account, is somebody else than who has the certificate.
    const identity = headers.authorization === undefined ? { cert, key } : {};
    const options = { method: incoming.method ?? "GET", headers, ca, ...identity };
    const outgoing = request(new URL(incoming.url ?? "/", url), options, (answer) => {
      if (answer.statusCode === 404 && incoming.method === "GET" && this.#answerEmpty(incoming, response)) {
        answer.resume();
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    outgoing.on("error", () => response.destroy());
    response.on("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  }

  #answerEmpty({ url = "" }: IncomingMessage, response: ServerResponse): boolean {
    const { pathname, searchParams } = new URL(url, "http://front");
    const { core, group, resource = "" } = COLLECTION.exec(pathname)?.groups ?? {};
    const kind = KINDS[resource];
    if (kind === undefined) return false;
    this.#seen.add(resource);
    const apiVersion = group ?? core;
    response.writeHead(200, { "content-type": "application/json" });
    if (searchParams.get("watch") !== "true" && searchParams.get("watch") !== "1") {
      response.end(
        JSON.stringify({ apiVersion, kind: `${kind}List`, metadata: { resourceVersion: REVISION }, items: [] }),
      );
      return true;
    }
    const annotations = { "k8s.io/initial-events-end": "true" };
    const object = { apiVersion, kind, metadata: { resourceVersion: REVISION, annotations } };
    if (searchParams.get("sendInitialEvents") === "true")
      response.write(`${JSON.stringify({ type: "BOOKMARK", object })}\n`);
    else response.flushHeaders();
    return true; // Nothing ever happens in it: the watch stays open.
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    return Promise.resolve();
  }
}
