import { newConflict, newServerTimeout, type WatchEvent } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import type { StreamResponse, Transport, TransportRequest } from "@dingi/client";
import { hasCrashed, PlannedCrash } from "./crashed.ts";

/** What happens to one request, or to one watch. */
export type Fault =
  /** It never arrives. */
  | { readonly type: "lose" }
  /** It is done, but the answer is lost. */
  | { readonly type: "lose answer" }
  /** It is done twice, as by a client that asks again; the second answer counts. */
  | { readonly type: "repeat" }
  | { readonly type: "delay"; readonly ms: number }
  /** Somebody else was first; of what changes an object only, for a deletion meets no conflict but with another object. */
  | { readonly type: "conflict" }
  /** The server has no time. */
  | { readonly type: "refuse" }
  /** It is done, and the component ends before it learns of it. */
  | { readonly type: "crash" }
  /** A watch ends after so many batches of events. */
  | { readonly type: "cut"; readonly after: number };

/** Decides the fate of each request of one component; undefined lets it be. The component's requests that write are numbered from 1. */
export type FaultPlan = (request: TransportRequest, write: number | undefined) => Fault | undefined;

interface FaultyTransportOptions {
  readonly inner: Transport;
  readonly clock: Clock;
  readonly plan: FaultPlan;
  /** Counts the component's writes, by whichever of its clients. */
  readonly nextWrite: () => number;
  /** Of the component's process: what has crashed asks for nothing more. */
  readonly life: AbortController;
}

const NEVER = new Promise<never>(() => {});
const NETWORK = "The network lost a message";

/** A transport on whose way things go wrong as planned. */
export class FaultyTransport implements Transport {
  readonly #options: FaultyTransportOptions;

  constructor(options: FaultyTransportOptions) {
    this.#options = options;
  }

  async request(request: TransportRequest): Promise<unknown> {
    const { inner, plan, nextWrite, life } = this.#options;
    if (hasCrashed(life.signal)) return await NEVER;
    const write = request.method === "GET" ? undefined : nextWrite();
    const fault = plan(request, write);
    const ask = () => inner.request(request);
    return fault ? await this.#suffer(fault, request, ask) : await ask();
  }

  async *watch(request: TransportRequest): AsyncIterable<readonly WatchEvent[]> {
    const { inner, plan, life } = this.#options;
    if (hasCrashed(life.signal)) return;
    const fault = plan(request, undefined);
    let left = fault?.type === "cut" ? fault.after : Infinity;
    if (left <= 0) return;
    for await (const events of inner.watch(request)) {
      yield events;
      if (--left <= 0) return;
    }
  }

  async stream(request: TransportRequest): Promise<StreamResponse> {
    const { inner, plan, life } = this.#options;
    if (hasCrashed(life.signal)) return await NEVER;
    const fault = plan(request, undefined);
    const ask = () => inner.stream(request);
    return fault ? await this.#suffer(fault, request, ask) : await ask();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.inner[Symbol.asyncDispose]();
  }

  async #suffer<T>(fault: Fault, request: TransportRequest, ask: () => Promise<T>): Promise<T> {
    const { clock, life } = this.#options;
    const resource = { group: "", resource: request.path };
    if (fault.type === "lose") throw new Error(NETWORK);
    const changes = request.method === "PUT" || request.method === "PATCH";
    if (fault.type === "conflict" && changes) throw newConflict(resource, "", "a fault was planned");
    if (fault.type === "refuse") throw newServerTimeout(resource, request.method, 1);
    if (fault.type === "delay") await clock.sleep(fault.ms, request.signal);
    // Whatever becomes of it: nobody learns the first answer.
    if (fault.type === "repeat") await ask().catch(() => {});
    const answer = await ask();
    if (fault.type === "lose answer") throw new Error(NETWORK);
    if (fault.type !== "crash") return answer;
    life.abort(new PlannedCrash());
    return await NEVER;
  }
}
