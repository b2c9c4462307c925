import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { SERVED_KINDS } from "./existing-kinds.ts";

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

const PATH =
  /^\/(?:api\/(?<core>v1)|apis\/(?<group>[^/]+\/[^/]+))\/(?:namespaces\/[^/]+\/)?(?<resource>[a-z]+)(?:\/(?<name>[^/]+))?$/;
const REVISION = "1";
const LOOPBACK = "127.0.0.1";

interface Server {
  /** "https://127.0.0.1:6443" */
  readonly url: string;
  readonly ca: string;
  /** Under which requests without a token go on. */
  readonly cert: string;
  readonly key: string;
}

interface FrontOptions {
  /** Where it listens: on loopback unless nodes have to reach it. */
  readonly address?: string;
  /** Kinds that the server has, and which are therefore none of the front's business. */
  readonly served?: ReadonlySet<string>;
}

/** A request for a kind that is not served. */
interface Asked {
  readonly apiVersion: string;
  readonly resource: string;
  readonly kind: string;
  /** Left out for collections. */
  readonly name: string | undefined;
  readonly isWatch: boolean;
  readonly wantsInitialEvents: boolean;
}

/** An object as the program wrote it, in its own encoding. */
interface Written {
  readonly type: string;
  readonly body: Buffer;
}

/**
 * Stands before our API server for one of upstream's programs, and answers for kinds that dingi does not have: reads of
 * collections as if they were empty, since such a program waits for all of them, and reads of one object with what the
 * program itself wrote last, since no kubelet is ready before it has written its CSINode. All else goes through.
 */
export class AbsentKinds implements AsyncDisposable {
  readonly #to: Server;
  readonly #address: string;
  readonly #served: ReadonlySet<string>;
  readonly #server = createServer((incoming, response) => this.#handle(incoming, response));
  readonly #seen = new Set<string>();
  /** By resource: a kubelet has one object of each, its own. */
  readonly #written = new Map<string, Written>();

  private constructor(to: Server, { address = LOOPBACK, served = SERVED_KINDS }: FrontOptions) {
    this.#to = to;
    this.#address = address;
    this.#served = served;
  }

  static async before(to: Server, options: FrontOptions = {}): Promise<AbsentKinds> {
    const front = new AbsentKinds(to, options);
    front.#server.listen(0, front.#address);
    await once(front.#server, "listening");
    return front;
  }

  get url(): string {
    return `http://${this.#address}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The resources that were asked for and are not there. */
  get absent(): readonly string[] {
    return [...this.#seen].sort();
  }

  #handle(incoming: IncomingMessage, response: ServerResponse): void {
    const asked = this.#absentIn(incoming.url ?? "/");
    if (asked === undefined) return this.#forward(incoming, response);
    this.#seen.add(asked.resource);
    if (incoming.method === "GET") {
      if (asked.name === undefined) answerEmpty(asked, response);
      else this.#answerWritten(asked, response);
      return;
    }
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { method, headers } = incoming;
      if (method === "POST" || method === "PUT")
        this.#written.set(asked.resource, { type: headers["content-type"] ?? "", body: Buffer.concat(chunks) });
      this.#answerWritten(asked, response);
    });
  }

  #absentIn(url: string): Asked | undefined {
    const { pathname, searchParams } = new URL(url, "http://front");
    const { core = "", group, resource = "", name } = PATH.exec(pathname)?.groups ?? {};
    const kind = KINDS[resource];
    if (kind === undefined || this.#served.has(kind)) return undefined;
    const isWatch = ["1", "true"].includes(searchParams.get("watch") ?? "");
    const wantsInitialEvents = searchParams.get("sendInitialEvents") === "true";
    return { apiVersion: group ?? core, resource, kind, name, isWatch, wantsInitialEvents };
  }

  #forward(incoming: IncomingMessage, response: ServerResponse): void {
    const { url, ca, cert, key } = this.#to;
    const { host: _host, ...headers } = incoming.headers;
    // Who shows a token, such as a controller's service account, is somebody else than who has the certificate.
    const identity = headers.authorization === undefined ? { cert, key } : {};
    const options = { method: incoming.method ?? "GET", headers, ca, ...identity };
    const outgoing = request(new URL(incoming.url ?? "/", url), options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    outgoing.on("error", () => response.destroy());
    response.on("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  }

  #answerWritten({ resource }: Asked, response: ServerResponse): void {
    const written = this.#written.get(resource);
    if (written) response.writeHead(200, { "content-type": written.type }).end(written.body);
    else response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found");
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    return Promise.resolve();
  }
}

function answerEmpty({ apiVersion, kind, isWatch, wantsInitialEvents }: Asked, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const metadata = { resourceVersion: REVISION };
  if (!isWatch) return void response.end(JSON.stringify({ apiVersion, kind: `${kind}List`, metadata, items: [] }));
  const annotations = { "k8s.io/initial-events-end": "true" };
  const object = { apiVersion, kind, metadata: { ...metadata, annotations } };
  if (wantsInitialEvents) response.write(`${JSON.stringify({ type: "BOOKMARK", object })}\n`);
  else response.flushHeaders(); // Nothing ever happens in it: the watch stays open.
}
