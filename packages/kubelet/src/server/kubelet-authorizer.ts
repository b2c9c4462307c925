import { SubjectAccessReview, type V1SubjectAccessReview } from "@dingi/api";
import type { Client } from "@dingi/client";
import { LruMap, own, type Clock } from "@dingi/base";
import type { TLSSocket } from "node:tls";

interface KubeletCaller {
  readonly name: string;
  readonly groups: readonly string[];
}

const ALLOWED_MS = 5 * 60_000;
const DENIED_MS = 30_000;
/** Callers, verbs and subresources that are remembered. */
const MAX_KNOWN = 1000;
const VERBS: Readonly<Record<string, string>> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};
const SUBRESOURCES: Readonly<Record<string, string>> = {
  stats: "stats",
  metrics: "metrics",
  logs: "log",
  spec: "spec",
  pods: "pods",
  healthz: "healthz",
  configz: "configz",
  runningpods: "pods",
};

/** The subject of a verified client certificate; undefined without one. */
export function callerOf(socket: TLSSocket): KubeletCaller | undefined {
  if (!socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  const { CN: names = [], O: organizations = [] } = (subject ?? {}) as {
    CN?: string | string[];
    O?: string | string[];
  };
  const name = [names].flat().at(-1);
  return name === undefined ? undefined : { name, groups: [...[organizations].flat(), "system:authenticated"] };
}

/** Asks the API server who may use this kubelet; answers are remembered. Upstream: pkg/kubelet/server/auth.go */
export class KubeletAuthorizer {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #node: string;
  readonly #known = new LruMap<string, { readonly allowed: boolean; readonly untilMs: number }>(MAX_KNOWN);

  constructor(client: Client, clock: Clock, node: string) {
    this.#client = client;
    this.#clock = clock;
    this.#node = node;
  }

  async allows(caller: KubeletCaller, method: string, path: string): Promise<boolean> {
    const subresource = own(SUBRESOURCES, path.split("/")[1] ?? "") ?? "proxy";
    const verb = own(VERBS, method) ?? method.toLowerCase();
    const key = JSON.stringify([caller.name, caller.groups, verb, subresource]);
    const known = this.#known.get(key);
    if (known && known.untilMs > this.#clock.monotonic()) return known.allowed;
    const allowed = await this.#ask(caller, verb, subresource);
    this.#known.set(key, { allowed, untilMs: this.#clock.monotonic() + (allowed ? ALLOWED_MS : DENIED_MS) });
    return allowed;
  }

  async #ask(caller: KubeletCaller, verb: string, subresource: string): Promise<boolean> {
    const resourceAttributes = { verb, version: "v1", resource: "nodes", subresource, name: this.#node };
    const review = { metadata: {}, spec: { user: caller.name, groups: [...caller.groups], resourceAttributes } };
    const answer = (await this.#client.review(SubjectAccessReview, review as never)) as V1SubjectAccessReview;
    return answer.status.allowed;
  }
}
