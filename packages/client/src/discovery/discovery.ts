import type { AnyKind } from "@dingi/apimachinery";
import { describeError, Latest, type Clock, type Logger, type Random } from "@dingi/base";
import { Backoff } from "../backoff.ts";
import type { Client } from "../client.ts";
import { RestMapper } from "./rest-mapper.ts";
import { AGGREGATED_DISCOVERY, readServed, type Served } from "./served-resource.ts";

export interface DiscoveryOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Definitions to use for what is served under their names. */
  readonly kinds: readonly AnyKind[];
}

/** For so long a server may hold back its answer that nothing has changed. */
const WAIT_SECONDS = 60;
/** Between two documents that differ, so that many changes at once are read together. */
const PAUSE_MS = 25;
/** How often others are asked. Upstream: pkg/controller/garbagecollector/garbagecollector.go#Sync */
const RESYNC_MS = 30_000;
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 30_000;

const PATHS = ["/api", "/apis"] as const;
type Path = (typeof PATHS)[number];

interface Document {
  readonly etag: string | undefined;
  readonly served: Served;
}

const NOTHING: Served = { resources: [], apiVersions: [] };

/**
 * What the server serves, kept up to date. Its own discovery says when that changes: a server of ours holds back its answer
 * until then, and others are asked every half minute (ADR 21).
 */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #documents = new Map<Path, Document>();
  readonly #latest: Latest<RestMapper>;
  #begun = 0;
  /** Of each document, the newest question that was answered. */
  readonly #answered = new Map<Path, number>();

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#latest = new Latest(new RestMapper(NOTHING, options.kinds));
  }

  /** What it was when the server was last asked; nothing before the first answer. */
  get current(): RestMapper {
    return this.#latest.current;
  }

  /** Resolves to the newest state once it is another than `seen`. Rejects with `signal.reason`. */
  async after(seen: RestMapper, signal: AbortSignal): Promise<RestMapper> {
    return await this.#latest.after(seen, signal);
  }

  /** What it is now. Throws what the server or the network throws. */
  async refresh(signal: AbortSignal): Promise<RestMapper> {
    await Promise.all(PATHS.map((path) => this.#ask(path, undefined, signal)));
    return this.current;
  }

  /** Follows the server until the signal aborts; never throws for a failure of the server. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, logger } = this.#options;
    const backoff = new Backoff({ minMs: MIN_BACKOFF_MS, maxMs: MAX_BACKOFF_MS, random });
    while (!signal.aborted) {
      let pauseMs: number;
      try {
        pauseMs = (await this.#follow(signal)) ? PAUSE_MS : RESYNC_MS;
        backoff.reset();
      } catch (error) {
        if (signal.aborted) return;
        logger.debug("Discovery failed", { error: describeError(error) });
        pauseMs = backoff.next();
      }
      await clock.sleep(pauseMs, signal).catch(() => {});
    }
  }

  /** Resolves when something has changed, or after a while; to whether the server has waited for that. */
  async #follow(signal: AbortSignal): Promise<boolean> {
    // All that comes and goes has a group with a name.
    await this.#ask("/api", undefined, signal);
    return await this.#ask("/apis", WAIT_SECONDS, signal);
  }

  async #ask(path: Path, waitSeconds: number | undefined, signal: AbortSignal): Promise<boolean> {
    const question = ++this.#begun;
    const etag = this.#documents.get(path)?.etag;
    const headers = {
      ...(etag === undefined ? {} : { "if-none-match": etag }),
      ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` }),
    };
    const query = new URLSearchParams();
    const accept = AGGREGATED_DISCOVERY;
    await using answer = await this.#options.client.stream({ method: "GET", path, query, accept, headers, signal });
    const hasWaited = etag === undefined || answer.headers["preference-applied"] !== undefined;
    if (answer.status === 304) return hasWaited;
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    const document = JSON.parse(Buffer.concat(chunks).toString()) as unknown;
    this.#show(path, question, { etag: answer.headers["etag"], served: readServed(document) });
    return hasWaited;
  }

  /** An answer to a question that was asked before another one's that is known already may be older. */
  #show(path: Path, question: number, document: Document): void {
    if (question < (this.#answered.get(path) ?? 0)) return;
    this.#answered.set(path, question);
    this.#documents.set(path, document);
    if (this.#documents.size < PATHS.length) return;
    const all = PATHS.map((one) => this.#documents.get(one)!.served);
    const resources = all.flatMap((served) => served.resources);
    const apiVersions = all.flatMap((served) => served.apiVersions);
    this.#latest.set(new RestMapper({ resources, apiVersions }, [], this.current));
  }
}
