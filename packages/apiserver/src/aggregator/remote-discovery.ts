import type { IncomingMessage } from "node:http";
import { apiVersionOf } from "@dingi/apimachinery";
import { Latest, type Clock, type Random } from "@dingi/base";
import { AGGREGATED_DISCOVERY } from "@dingi/client";
import { textOf } from "./answer-text.ts";
import type { Backends } from "./backends.ts";
import { KeyedRounds } from "./keyed-rounds.ts";
import { rootOf, type RemoteApi, type RemoteApis } from "./remote-apis.ts";
import { AGGREGATOR, identityHeaders } from "./remote-identity.ts";
import { aggregatedResources, type AggregatedResource, type LegacyResource } from "./legacy-resources.ts";

interface RemoteDiscoveryOptions {
  readonly apis: RemoteApis;
  readonly backends: Backends;
  readonly clock: Clock;
  readonly random: Random;
}

/** What a version of another server's has, as it last said. */
export interface RemoteVersion {
  readonly api: RemoteApi;
  readonly resources: readonly AggregatedResource[];
  /** It could not be asked since. */
  readonly isStale: boolean;
}

export type RemoteVersions = ReadonlyMap<string, RemoteVersion>;

/** Upstream: kube-aggregator/pkg/apiserver/handler_discovery.go */
const REFRESH_MS = 60_000;
const MIN_RETRY_MS = 500;
const TIMEOUT_MS = 5000;
const MAX_BYTES = 16 * 1024 * 1024;

/** What other servers' discovery tells, asked every minute, and anew when something about them has changed. */
export class RemoteDiscovery {
  readonly #options: RemoteDiscoveryOptions;
  readonly #rounds: KeyedRounds;
  readonly #latest = new Latest<RemoteVersions>(new Map());

  constructor(options: RemoteDiscoveryOptions) {
    this.#options = options;
    this.#rounds = new KeyedRounds({
      ...options,
      minRetryMs: MIN_RETRY_MS,
      maxRetryMs: REFRESH_MS,
      work: (apiVersion, signal) => this.#refresh(apiVersion, signal),
    });
  }

  get current(): RemoteVersions {
    return this.#latest.current;
  }

  async after(seen: RemoteVersions, signal: AbortSignal): Promise<RemoteVersions> {
    return await this.#latest.after(seen, signal);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { apis } = this.#options;
    using rounds = this.#rounds;
    let seen: ReadonlyMap<string, RemoteApi> = new Map();
    while (!signal.aborted) {
      const { all } = apis;
      // Before others begin, which is to be asked once.
      for (const [apiVersion, api] of all) if (seen.get(apiVersion) !== api) rounds.poke(apiVersion);
      rounds.keep(new Set(all.keys()));
      if ([...this.current.keys()].some((apiVersion) => !all.has(apiVersion)))
        this.#latest.set(new Map([...this.current].filter(([apiVersion]) => all.has(apiVersion))));
      seen = all;
      await apis.after(all, signal).catch(() => {});
    }
  }

  /** Its version is shown whether it can be asked or not; then with what it had before. */
  async #refresh(apiVersion: string, signal: AbortSignal): Promise<number | undefined> {
    const api = this.#options.apis.all.get(apiVersion);
    if (!api) return undefined;
    try {
      if (!api.isAvailable) throw new Error("The API is not available");
      this.#show(apiVersion, { api, resources: await this.#fetch(api, signal), isStale: false });
      return REFRESH_MS;
    } catch (error) {
      if (!signal.aborted)
        this.#show(apiVersion, { api, resources: this.current.get(apiVersion)?.resources ?? [], isStale: true });
      throw error;
    }
  }

  #show(apiVersion: string, next: RemoteVersion): void {
    const before = this.current.get(apiVersion);
    if (this.#options.apis.all.get(apiVersion) !== next.api) return;
    if (before && JSON.stringify(before) === JSON.stringify(next)) return;
    this.#latest.set(new Map(this.current).set(apiVersion, next));
  }

  /** In one document for all, or in that of older servers. */
  async #fetch(api: RemoteApi, signal: AbortSignal): Promise<readonly AggregatedResource[]> {
    const all = await this.#get(api, api.group === "" ? "/api" : "/apis", signal);
    if (all.status === 503) throw new Error("The server is not available");
    if (all.status === 200 && all.isAggregated) return resourcesIn(JSON.parse(all.text) as AggregatedList, api);
    const { status, text } = await this.#get(api, rootOf(api), signal);
    if (status !== 200) throw new Error(`The server answered for "${rootOf(api)}" with status ${status}`);
    const { resources = [] } = JSON.parse(text) as { resources?: readonly LegacyResource[] };
    return aggregatedResources(resources);
  }

  async #get(api: RemoteApi, path: string, stop: AbortSignal): Promise<Told> {
    const late = new AbortController();
    using _timer = this.#options.clock.timer(TIMEOUT_MS, () => late.abort(new Error("It took too long")));
    const signal = AbortSignal.any([stop, late.signal]);
    const headers = { ...identityHeaders(AGGREGATOR), accept: `${AGGREGATED_DISCOVERY},application/json` };
    const answer: IncomingMessage = await this.#options.backends.send(api, { method: "GET", path, headers, signal });
    const text = await textOf(answer, MAX_BYTES);
    return {
      status: answer.statusCode,
      text,
      isAggregated: (answer.headers["content-type"] ?? "").includes("as=APIGroupDiscoveryList"),
    };
  }
}

interface Told {
  readonly status: number | undefined;
  readonly text: string;
  readonly isAggregated: boolean;
}

interface AggregatedList {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly { readonly version: string; readonly resources?: readonly AggregatedResource[] }[];
  }[];
}

function resourcesIn({ items = [] }: AggregatedList, { group, version }: RemoteApi): AggregatedResource[] {
  const versions = items.find(({ metadata }) => (metadata?.name ?? "") === group)?.versions ?? [];
  const found = versions.find((one) => one.version === version);
  if (!found) throw new Error(`The server does not tell of "${apiVersionOf(group, version)}"`);
  return (found.resources ?? []).map(whole);
}

/** Some clients take it amiss when there is none. */
const whole = (resource: AggregatedResource): AggregatedResource => ({ responseKind: NO_KIND, ...resource });
const NO_KIND = { group: "", version: "", kind: "" };
