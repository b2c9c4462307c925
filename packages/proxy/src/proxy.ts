import { EndpointSlice, Node, Service, type V1EndpointSlice, type V1Node, type V1Service } from "@dingi/api";
import { keyOf, keyString } from "@dingi/apimachinery";
import { aborted, describeError, type Clock, type Logger, type Random } from "@dingi/base";
import type { Informers } from "@dingi/client";
import { systemNft, type NftRunner } from "./nft-runner.ts";
import { RuleTable } from "./rule-table.ts";
import { changeScript, reloadScript } from "./script.ts";
import { compileService, type Site } from "./service-rules.ts";
import type { StaleFlow } from "./udp-flow.ts";

interface ProxyOptions {
  readonly informers: Informers;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly nodeName: string;
  /** The pod addresses of the whole cluster. */
  readonly clusterCidr: string;
  /** Those of this node's pods. */
  readonly podCidr: string;
  /** Where node ports are served. */
  readonly nodeIp: string;
  readonly serviceCidr: string;
  readonly nft?: NftRunner;
}

const MIN_INTERVAL_MS = 50;
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 30_000;
const SERVICE_NAME_LABEL = "kubernetes.io/service-name";
const ZONE_LABEL = "topology.kubernetes.io/zone";

/**
 * Serves Services on this node until the signal aborts; never throws for a failure of the server or of the kernel.
 * The rules stay when it ends, so that a new agent takes over without a gap. Upstream: pkg/proxy/nftables/proxier.go
 */
export async function runProxy(options: ProxyOptions, signal: AbortSignal): Promise<void> {
  const proxy = new Proxy(options);
  await proxy.run(signal);
}

class Proxy {
  readonly #options: ProxyOptions;
  readonly #nft: NftRunner;
  readonly #table = new RuleTable();
  readonly #services = new Map<string, V1Service>();
  /** Slices by service, then by their own name. */
  readonly #slices = new Map<string, Map<string, V1EndpointSlice>>();
  readonly #dirty = new Set<string>();
  /** Not yet forgotten, because the rules that outdate them are not yet set. */
  readonly #stale: StaleFlow[] = [];
  #first = true;
  #site: Site;
  #wake = Promise.withResolvers<void>();

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#nft = options.nft ?? systemNft();
    const { nodeName, nodeIp, clusterCidr, podCidr } = options;
    this.#site = { nodeName, zone: "", nodeIp, podCidr: clusterCidr, ownPods: podCidr };
  }

  async run(signal: AbortSignal): Promise<void> {
    const { informers, nodeName } = this.#options;
    const services = informers.of(Service);
    const slices = informers.of(EndpointSlice);
    const node = informers.of(Node, { fieldSelector: `metadata.name=${nodeName}` });
    using _services = services.onEvent(({ type, object }) => this.#onService(object, type === "deleted"));
    using _slices = slices.onEvent((event) =>
      this.#onSlice(event.object, event.type === "deleted", event.type === "updated" ? event.previous : undefined),
    );
    using _node = node.onEvent(({ object }) => this.#onNode(object));
    informers.start();
    // A table from half of the state would refuse what works now.
    await Promise.race([Promise.all([services.synced, slices.synced]), aborted(signal)]);
    await this.#follow(signal);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { clock, random, logger } = this.#options;
    let backoffMs = MIN_BACKOFF_MS;
    let whole = true;
    signal.addEventListener("abort", () => this.#wake.resolve(), { once: true });
    while (!signal.aborted) {
      try {
        await this.#flush(whole, signal);
        whole = false;
        backoffMs = MIN_BACKOFF_MS;
        await clock.sleep(MIN_INTERVAL_MS, signal);
        await this.#wake.promise;
      } catch (error) {
        if (signal.aborted) return;
        whole = true;
        logger.warn("Could not set service rules; retrying", { error: describeError(error), afterMs: backoffMs });
        await clock.sleep(backoffMs * (1 + random.float()), signal).catch(() => {});
        backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
      }
    }
  }

  async #flush(whole: boolean, signal: AbortSignal): Promise<void> {
    this.#wake = Promise.withResolvers<void>();
    const { clock, logger, serviceCidr } = this.#options;
    for (const key of this.#dirty) {
      this.#table.replace(key, this.#compile(key));
      this.#dirty.delete(key);
      const due = clock.yieldIfDue();
      if (due) await due;
    }
    const change = whole ? this.#table.takeAll() : this.#table.take();
    if (this.#first) await this.#findStale(signal);
    else this.#stale.push(...change.stale);
    this.#first = false;
    const script = whole ? reloadScript(serviceCidr, change) : changeScript(change);
    const startedAt = clock.monotonic();
    if (script !== "") await this.#nft.apply(script, signal);
    logger.debug("Set service rules", { elements: change.elements.size, whole, tookMs: clock.monotonic() - startedAt });
    await this.#forgetStale(signal);
  }

  /** What an earlier agent, or nobody, has forgotten; all others are new only to this one. */
  async #findStale(signal: AbortSignal): Promise<void> {
    try {
      this.#stale.push(...this.#table.staleAmong(await this.#nft.udpFlows(signal)));
    } catch (error) {
      if (!signal.aborted) this.#options.logger.warn("Could not list UDP connections", { error: describeError(error) });
    }
  }

  /** After the rules, or a packet in between would make the connection anew. */
  async #forgetStale(signal: AbortSignal): Promise<void> {
    const flows = this.#stale.splice(0);
    try {
      for (const flow of flows) await this.#nft.forget(flow, signal);
    } catch (error) {
      if (!signal.aborted)
        this.#options.logger.warn("Could not forget stale UDP connections", { error: describeError(error) });
    }
  }

  #compile(key: string) {
    const service = this.#services.get(key);
    return service && compileService(service, [...(this.#slices.get(key)?.values() ?? [])], this.#site);
  }

  #onService(service: V1Service, deleted: boolean): void {
    const key = keyString(keyOf(service));
    if (deleted) this.#services.delete(key);
    else this.#services.set(key, service);
    this.#mark(key);
  }

  #onSlice(slice: V1EndpointSlice, deleted: boolean, previous: V1EndpointSlice | undefined): void {
    const { name = "" } = slice.metadata;
    const key = serviceKeyOf(slice);
    const before = previous && serviceKeyOf(previous);
    if (before && before !== key) this.#dropSlice(before, name);
    if (!key) return;
    if (deleted) return this.#dropSlice(key, name);
    const known = this.#slices.get(key);
    if (known) known.set(name, slice);
    else this.#slices.set(key, new Map([[name, slice]]));
    this.#mark(key);
  }

  #dropSlice(key: string, name: string): void {
    const known = this.#slices.get(key);
    if (known?.delete(name) && known.size === 0) this.#slices.delete(key);
    this.#mark(key);
  }

  #onNode(node: V1Node): void {
    const zone = node.metadata.labels?.[ZONE_LABEL] ?? "";
    if (zone === this.#site.zone) return;
    this.#site = { ...this.#site, zone };
    for (const key of this.#services.keys()) this.#mark(key);
  }

  #mark(key: string): void {
    this.#dirty.add(key);
    this.#wake.resolve();
  }
}

function serviceKeyOf(slice: V1EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.[SERVICE_NAME_LABEL];
  return name ? keyString({ namespace: slice.metadata.namespace ?? "", name }) : undefined;
}
