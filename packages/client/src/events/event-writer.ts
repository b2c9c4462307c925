import { Event } from "@dingi/api";
import { isNotFound, StatusError } from "@dingi/apimachinery";
import { describeError, Fifo, type Clock, type Logger, type Random } from "@dingi/base";
import type { Client } from "../client.ts";
import type { NewEvent } from "./event-correlator.ts";

export interface EventWriterOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const MAX_PENDING = 1000;
const MAX_TRIES = 12;
const RETRY_MS = 10_000;

/** An event to be made, or, with a patch, one that was made before. */
interface EventWrite {
  readonly event: NewEvent;
  readonly patch: object | undefined;
}

/**
 * Writes events in the background, one after the other, so that what is told twice finds its first. What cannot be written is
 * dropped: events never hold work up. Upstream: client-go/tools/record/event.go
 */
export class EventWriter {
  readonly #options: EventWriterOptions;
  readonly #pending = new Fifo<() => EventWrite | undefined>();
  #working = false;

  constructor(options: EventWriterOptions) {
    this.#options = options;
  }

  /** `write` is asked when its turn comes; too many at once are dropped. */
  push(write: () => EventWrite | undefined): void {
    if (this.#pending.size >= MAX_PENDING) return;
    this.#pending.push(write);
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let next = this.#pending.shift(); next; next = this.#pending.shift()) {
      const write = next();
      if (write) await this.#attempt(write);
    }
    this.#working = false;
  }

  async #attempt(write: EventWrite): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#write(write);
      } catch (error) {
        // What the server refuses it refuses again; what does not reach it may later.
        if (!(error instanceof StatusError) && tries < MAX_TRIES) await this.#pause(tries);
        else {
          this.#options.logger.debug("Event was not written", { error: describeError(error) });
          return;
        }
      }
    }
  }

  async #write({ event, patch }: EventWrite): Promise<void> {
    const { client } = this.#options;
    const { namespace = "", name = "" } = event.metadata;
    if (patch) {
      const patched = client.patch(Event, { namespace, name }, patch, { type: "strategic" });
      const found = await patched.then(
        () => true,
        (error: unknown) => {
          if (isNotFound(error)) return false;
          throw error;
        },
      );
      if (found) return;
    }
    await client.create(Event, event);
  }

  /** The first is by chance, so that not all come back at once. */
  async #pause(tries: number): Promise<void> {
    const { clock, random } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    using _timer = clock.timer(tries === 1 ? RETRY_MS * random.float() : RETRY_MS, resolve);
    await promise;
  }
}

/** Upstream: client-go/tools/record/util/util.go#GenerateEventName */
export function eventName(about: string, clock: Clock, random: Random): string {
  const nanoseconds = BigInt(Math.floor(clock.now())) * 1_000_000n + BigInt(random.int(1_000_000));
  return `${about}.${nanoseconds.toString(16)}`;
}
