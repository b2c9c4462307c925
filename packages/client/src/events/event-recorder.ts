import { Event, type CoreV1Event, type V1ObjectReference } from "@dingi/api";
import { wireTime, isNotFound } from "@dingi/apimachinery";
import { describeError, type Clock, type Logger, type Random } from "@dingi/base";
import type { Client } from "../client.ts";

export interface EventRecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Who reports: "kubelet", "default-scheduler", "deployment-controller". */
  readonly component: string;
  /** The node, for what runs on one. */
  readonly host?: string;
}

interface Seen {
  readonly name: string;
  readonly firstTimestamp: string;
  count: number;
}

const MAX_SEEN = 4096;
const MAX_PENDING = 1000;
const MAX_MESSAGE = 1024;

/**
 * Writes core/v1 Events in the background, one after the other; the same event again raises its count. What cannot be
 * written is dropped: events never hold work up. Upstream: client-go/tools/record
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #seen = new Map<string, Seen>();
  #pending: (() => Promise<unknown>)[] = [];
  #working = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  event(about: V1ObjectReference, type: "Normal" | "Warning", reason: string, message: string): void {
    const text = message.slice(0, MAX_MESSAGE);
    const now = wireTime(this.#options.clock.now());
    const key = [about.kind, about.namespace, about.name, about.uid, about.fieldPath, type, reason, text].join("|");
    const seen = this.#seen.get(key);
    if (this.#pending.length >= MAX_PENDING) return;
    if (seen)
      this.#pending.push(() =>
        this.#again(seen, about, now, () => this.#create(key, { about, type, reason, text, now })),
      );
    else this.#pending.push(() => this.#create(key, { about, type, reason, text, now }));
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let next = this.#pending.shift(); next; next = this.#pending.shift()) {
      await next().catch((error: unknown) =>
        this.#options.logger.debug("Event was not written", { error: describeError(error) }),
      );
    }
    this.#working = false;
  }

  async #create(
    key: string,
    event: { about: V1ObjectReference; type: string; reason: string; text: string; now: string },
  ): Promise<void> {
    const { about, type, reason, text, now } = event;
    const { client, clock, random, component, host } = this.#options;
    const namespace = about.namespace || "default";
    const name = `${about.name}.${Math.floor(clock.now()).toString(16)}${Buffer.from(random.bytes(3)).toString("hex")}`;
    const source = { component, ...(host === undefined ? {} : { host }) };
    const created: Omit<CoreV1Event, "apiVersion" | "kind"> = {
      metadata: { name, namespace },
      involvedObject: about,
      reason,
      message: text,
      source,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      reportingComponent: component,
      reportingInstance: host ?? "",
    };
    if (this.#seen.size >= MAX_SEEN) this.#seen.clear();
    this.#seen.set(key, { name, firstTimestamp: now, count: 1 });
    await client.create(Event, created);
  }

  async #again(seen: Seen, about: V1ObjectReference, now: string, create: () => Promise<void>): Promise<void> {
    seen.count++;
    const key = { namespace: about.namespace || "default", name: seen.name };
    try {
      await this.#options.client.patch(Event, key, { count: seen.count, lastTimestamp: now }, { type: "strategic" });
    } catch (error) {
      if (isNotFound(error)) return await create();
      throw error;
    }
  }
}

/** The reference to an object that an event is about. */
export function referenceTo(
  kind: { readonly apiVersion: string; readonly kind: string },
  object: {
    readonly metadata: {
      name?: string | undefined;
      namespace?: string | undefined;
      uid?: string | undefined;
      resourceVersion?: string | undefined;
    };
  },
): V1ObjectReference {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  return { apiVersion: kind.apiVersion, kind: kind.kind, name, namespace, uid, resourceVersion };
}
