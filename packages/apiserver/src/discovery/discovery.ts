import { createHash } from "node:crypto";
import { groupOf, type ApiRequest, type ApiResponse, type Scheme, type ServedKinds } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import { OBJECT_MEDIA_TYPES } from "../negotiation/accept.ts";
import { encodeObject } from "../negotiation/encode.ts";
import { commonHeaders, negotiateRequest, respondText } from "../negotiation/respond.ts";
import { requireAcceptable } from "../negotiation/route-media.ts";
import { pageNotFound } from "../endpoints/resource-router.ts";
import type { NonResourceRouter } from "../routing/non-resource-router.ts";
import type { RemoteDiscovery, RemoteVersions } from "../aggregator/remote-discovery.ts";
import { mergeRemote, type ShownVersion } from "./merge-remote.ts";
import { preferredWait } from "./preferred-wait.ts";
import { discover, type DiscoveredResource, type DiscoveredSubresource, type DiscoveredVersion } from "./resources.ts";

const NOWHERE: RemoteVersions = new Map();
const NO_PAGE = "404 page not found\n";
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

interface Aggregated {
  readonly body: Uint8Array;
  readonly etag: string;
}

/** What is served at one moment, and what was made of it. */
interface Shown {
  readonly scheme: Scheme;
  readonly remote: RemoteVersions;
  readonly versions: readonly ShownVersion[];
  /** Of the core group and of all others. */
  readonly aggregates: Map<boolean, Aggregated>;
}

interface DiscoveryOptions {
  readonly kinds: ServedKinds;
  readonly clock: Clock;
  /** "192.0.2.1:6443" */
  readonly serverAddress: string;
  /** What other servers serve. */
  readonly remote?: RemoteDiscovery;
}

/** `/api`, `/apis` and what lies below, aggregated and legacy. Upstream: apiserver/pkg/endpoints/discovery */
export class Discovery {
  readonly #options: DiscoveryOptions;
  #shown: Shown | undefined;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  mount(router: NonResourceRouter): void {
    router.add("/api", { handle: ({ request }) => this.#root(request, true) });
    router.add("/apis", { handle: ({ request }) => this.#root(request, false) });
    router.addPrefix("/api/", { handle: ({ request, info }) => this.#version(request, partsOf(info.path)[1] ?? "") });
    router.addPrefix("/apis/", { handle: ({ request, info }) => this.#below(request, partsOf(info.path).slice(1)) });
  }

  get versions(): readonly ShownVersion[] {
    return this.#current().versions;
  }

  #current(): Shown {
    const { scheme } = this.#options.kinds;
    const remote = this.#options.remote?.current ?? NOWHERE;
    if (this.#shown?.scheme !== scheme || this.#shown.remote !== remote) {
      const versions = mergeRemote(discover(scheme), remote);
      this.#shown = { scheme, remote, versions, aggregates: new Map<boolean, Aggregated>() };
    }
    return this.#shown;
  }

  #root(request: ApiRequest, core: boolean): ApiResponse | Promise<ApiResponse> {
    if (wantsAggregated(request.headers["accept"])) return this.#aggregated(request, core);
    if (core) requireAcceptable(request.headers["accept"], OBJECT_MEDIA_TYPES);
    return document(request, core ? this.#coreVersions() : this.#groupList());
  }

  async #aggregated(request: ApiRequest, core: boolean): Promise<ApiResponse> {
    const waitSeconds = preferredWait(request);
    if (waitSeconds !== undefined) await this.#untilOther(request, core, waitSeconds);
    const { body, etag } = this.#aggregate(core);
    const applied = waitSeconds === undefined ? {} : { "preference-applied": `wait=${waitSeconds}` };
    const headers = { ...commonHeaders(AGGREGATED), etag, vary: "Accept", "cache-control": "public", ...applied };
    if (request.headers["if-none-match"] === etag) return { status: 304, headers };
    return { status: 200, headers, body };
  }

  /** While the client has what there is, for as long as it wants to wait. */
  async #untilOther({ headers, signal }: ApiRequest, core: boolean, waitSeconds: number): Promise<void> {
    const { clock } = this.#options;
    const ended = new AbortController();
    const end = () => ended.abort();
    signal.addEventListener("abort", end, { once: true });
    using _timer = clock.timer(waitSeconds * 1000, end);
    try {
      while (this.#aggregate(core).etag === headers["if-none-match"]) await this.#untilAnother(ended.signal);
    } catch (error) {
      if (!ended.signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", end);
    }
  }

  /** Rejects with the signal's reason. */
  async #untilAnother(signal: AbortSignal): Promise<void> {
    const { kinds, remote } = this.#options;
    const enough = new AbortController();
    const either = AbortSignal.any([signal, enough.signal]);
    const changes = [kinds.after(kinds.scheme, either), remote?.after(remote.current, either) ?? []].flat();
    try {
      await Promise.race(changes);
    } finally {
      enough.abort(new Error("One change is enough"));
      await Promise.allSettled(changes);
    }
  }

  #aggregate(core: boolean): Aggregated {
    const { versions, aggregates } = this.#current();
    let made = aggregates.get(core);
    if (!made) aggregates.set(core, (made = aggregate(versions.filter(({ group }) => (group === "") === core))));
    return made;
  }

  #coreVersions(): object {
    const versions = this.versions.filter(({ group }) => group === "").map(({ version }) => version);
    return {
      kind: "APIVersions",
      versions,
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: this.#options.serverAddress }],
    };
  }

  #groupList(): object {
    return {
      kind: "APIGroupList",
      apiVersion: "v1",
      groups: this.#groups().map(([name, versions]) => apiGroup(name, versions)),
    };
  }

  #groups(): (readonly [string, readonly DiscoveredVersion[]])[] {
    return groups(this.versions.filter(({ group }) => group !== ""));
  }

  #below(request: ApiRequest, parts: readonly string[]): ApiResponse {
    const [group = "", version] = parts;
    const found = this.#groups().find(([name]) => name === group);
    if (!found || parts.length > 2) return respondText(404, NO_PAGE);
    if (version !== undefined) return this.#version(request, `${group}/${version}`);
    return document(request, { kind: "APIGroup", apiVersion: "v1", ...apiGroup(found[0], found[1]) });
  }

  /** Of a group that is served. Throws StatusError 404. */
  #version(request: ApiRequest, apiVersion: string): ApiResponse {
    const found = this.versions.find((version) => version.apiVersion === apiVersion);
    if (!found && !this.#options.kinds.scheme.hasTypedGroup(groupOf(apiVersion))) return respondText(404, NO_PAGE);
    if (!found) throw pageNotFound();
    const head = found.group === "" ? { kind: "APIResourceList" } : { kind: "APIResourceList", apiVersion: "v1" };
    requireAcceptable(request.headers["accept"], OBJECT_MEDIA_TYPES);
    return document(request, { ...head, groupVersion: apiVersion, resources: found.resources.flatMap(legacyResource) });
  }
}

function aggregate(shown: readonly ShownVersion[]): Aggregated {
  const items = groups(shown).map(([group, versions]) => ({
    metadata: group === "" ? {} : { name: group },
    versions: versions.map(({ version, resources, remote }) => ({
      version,
      ...shownResources(remote ? remote.resources : resources.map(aggregatedResource)),
      freshness: remote?.isStale ? "Stale" : "Current",
    })),
  }));
  const list = { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items };
  const body = Buffer.from(JSON.stringify(list));
  return { body, etag: `"${createHash("sha512").update(body).digest("hex").toUpperCase()}"` };
}

/** Of a server that has never answered nothing is known. */
const shownResources = (resources: readonly object[]) => (resources.length > 0 ? { resources } : {});

const partsOf = (path: string): string[] => path.split("/").filter(Boolean);

/** Differs: who wants protobuf gets JSON, because no client in use asks for these in protobuf alone. */
function document(request: ApiRequest, object: object): ApiResponse {
  const { mediaType, pretty } = negotiateRequest(request);
  const written = mediaType === "application/yaml" ? mediaType : "application/json";
  const body = encodeObject(object, undefined, { mediaType: written, pretty });
  return { status: 200, headers: commonHeaders(written), body };
}

/** The aggregated form wins when it is named before plain JSON. */
function wantsAggregated(accept: string | undefined): boolean {
  return (accept ?? "")
    .split(",")
    .some((range) => /as=APIGroupDiscoveryList/.test(range) && /v=v2(;|$)/.test(range.replaceAll(" ", "")));
}

function groups<T extends DiscoveredVersion>(versions: readonly T[]): [string, T[]][] {
  const byGroup = new Map<string, T[]>();
  for (const version of versions) byGroup.set(version.group, [...(byGroup.get(version.group) ?? []), version]);
  return [...byGroup];
}

function apiGroup(name: string, versions: readonly DiscoveredVersion[]): object {
  const list = versions.map(({ apiVersion, version }) => ({ groupVersion: apiVersion, version }));
  return { name, versions: list, preferredVersion: list[0] };
}

function aggregatedResource(resource: DiscoveredResource): object {
  const { plural, kind, namespaced, singular, verbs, shortNames, categories, subresources } = resource;
  return {
    resource: plural,
    responseKind: { group: "", version: "", kind },
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(subresources.length > 0 ? { subresources: subresources.map(aggregatedSubresource) } : {}),
  };
}

function aggregatedSubresource({ name, kind, verbs }: DiscoveredSubresource): object {
  return { subresource: name, responseKind: kind, verbs };
}

function legacyResource(resource: DiscoveredResource): object[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories, storageVersionHash, subresources } =
    resource;
  const own = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(storageVersionHash === "" ? {} : { storageVersionHash }),
  };
  return [own, ...subresources.map((subresource) => legacySubresource(plural, namespaced, subresource))];
}

function legacySubresource(plural: string, namespaced: boolean, subresource: DiscoveredSubresource): object {
  const { group, version, kind } = subresource.kind;
  const type = version === "" ? { kind } : { ...(group === "" ? {} : { group }), version, kind };
  return { name: `${plural}/${subresource.name}`, singularName: "", namespaced, ...type, verbs: subresource.verbs };
}
