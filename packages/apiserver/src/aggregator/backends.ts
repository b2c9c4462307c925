import { createHash } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders, RequestOptions } from "node:http";
import { createSecureContext } from "node:tls";
import { joinHostPort, type Dialer } from "@dingi/apimachinery";
import { LruMap } from "@dingi/base";
import type { UpgradeTarget } from "@dingi/client";
import { networkCause } from "../webhook/network-cause.ts";
import { openAgent, sendRequest } from "../webhook/send-request.ts";
import type { Address, ServiceResolver } from "../webhook/service-resolver.ts";
import type { Trust } from "../webhook/trusted-authorities.ts";
import type { WebhookAgent } from "../webhook/webhook-agent.ts";
import type { RemoteApi } from "./remote-apis.ts";

const MAX_TRUSTS = 200;

/** By which this server shows that it speaks for others. PEM. */
export interface FrontProxyClient {
  readonly cert: string;
  readonly key: string;
}

interface BackendsOptions {
  readonly dialer: Dialer;
  readonly resolve: ServiceResolver;
  /** Asked for each connection: it is renewed. */
  readonly frontProxyClient?: (() => FrontProxyClient) | undefined;
}

interface Outgoing {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Uint8Array | undefined;
  readonly signal: AbortSignal;
}

/** No server was found behind a Service. */
export class UnresolvedError extends Error {
  override name = "UnresolvedError";
}

/** A server was found, and did not answer. The message is in Go's words. */
export class UnreachedError extends Error {
  override name = "UnreachedError";
}

/** Connections to the servers behind APIServices, kept and shared. */
export class Backends implements Disposable {
  readonly #options: BackendsOptions;
  readonly #trusts = new LruMap<string, Trust>(MAX_TRUSTS);
  #agent: Promise<WebhookAgent> | undefined;

  constructor(options: BackendsOptions) {
    this.#options = options;
  }

  /** Where a request would go to now. Throws UnresolvedError. */
  locate({ service }: RemoteApi): Address {
    try {
      return this.#options.resolve(service);
    } catch (error) {
      throw new UnresolvedError((error as Error).message, { cause: error });
    }
  }

  /** The answer's head. Throws UnresolvedError, UnreachedError, and the signal's reason. */
  async send(api: RemoteApi, outgoing: Outgoing, address: Address = this.locate(api)): Promise<IncomingMessage> {
    const trust = this.#trustOf(api);
    const agent = await (this.#agent ??= openAgent(this.#options.dialer));
    const { signal, body, ...plain } = outgoing;
    const to = { ...plain, ...address, agent, serverName: serverNameOf(api), trust, callSignal: signal, signal };
    try {
      return await sendRequest(to as RequestOptions, body);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw new UnreachedError(networkCause(error, joinHostPort(address.host, address.port)), { cause: error });
    }
  }

  /** A connection of its own, for what takes it over. */
  async dial(api: RemoteApi, signal: AbortSignal): Promise<Pick<UpgradeTarget, "connection" | "tls">> {
    const { host, port } = this.locate(api);
    try {
      const connection = await this.#options.dialer.dial({ host, port }, signal);
      const client = this.#options.frontProxyClient?.();
      const ca = api.caBundle === "" ? {} : { ca: Buffer.from(api.caBundle, "base64").toString("latin1") };
      const verification = api.skipsVerification ? { rejectUnauthorized: false as const } : ca;
      return { connection, tls: { ...client, ...verification, servername: serverNameOf(api) } };
    } catch (error) {
      throw new UnreachedError(networkCause(error, joinHostPort(host, port)), { cause: error });
    }
  }

  [Symbol.dispose](): void {
    void this.#agent?.then((agent) => agent.destroy());
  }

  /** Made once for each bundle and certificate: reading them takes longer than asking a server. */
  #trustOf({ caBundle, skipsVerification }: RemoteApi): Trust {
    const client = this.#options.frontProxyClient?.();
    const believed = skipsVerification ? "anybody" : caBundle;
    const id = createHash("sha256").update(`${believed} ${client?.cert}`).digest("base64");
    const known = this.#trusts.get(id);
    if (known) return known;
    const ca = Buffer.from(caBundle, "base64").toString("latin1");
    const authorities = caBundle === "" || skipsVerification ? {} : { ca, allowPartialTrustChain: true };
    const context = createSecureContext({ ...client, ...authorities });
    const trust = { id, context, anybody: skipsVerification };
    this.#trusts.set(id, trust);
    return trust;
  }
}

const serverNameOf = ({ service }: RemoteApi): string => `${service.name}.${service.namespace}.svc`;
