import type { Clock } from "@dingi/base";
import type { Channel, Method } from "@dingi/grpc";
import { RemoteRuntimeService } from "../remote/runtime-service.ts";
import { EventQueue } from "../event-queue.ts";
import { hasRuntimeCode } from "../runtime-error.ts";
import type { RuntimeEvent } from "../runtime-event.ts";
import { Envelope, type EnvelopeValue, SubscribeRequest } from "./event-messages.ts";
import { runtimeEventOf } from "./task-events.ts";

const SUBSCRIBE: Method<EnvelopeValue> = {
  path: "/containerd.services.events.v1.Events/Subscribe",
  request: SubscribeRequest,
  response: Envelope,
};
const FILTERS = ["start", "exit", "oom"].map((name) => `namespace==k8s.io,topic=="/tasks/${name}"`);

/** How long a status may contradict an event before the event is handed out all the same. */
const SETTLE_MS = 30_000;
const FIRST_LOOK_MS = 5;
const LONGEST_WAIT_MS = 200;

/**
 * CRI over gRPC, with events from containerd's own event service.
 * Differs: CRI's GetContainerEvents is not used, because containerd has it only since 2.0 and its queue drops events.
 */
export class ContainerdRuntimeService extends RemoteRuntimeService {
  readonly #channel: Channel;
  readonly #clock: Clock;

  constructor(channel: Channel, clock: Clock) {
    super(channel);
    this.#channel = channel;
    this.#clock = clock;
  }

  async *events({ signal }: { readonly signal: AbortSignal }): AsyncIterable<readonly RuntimeEvent[]> {
    using stop = new StopScope(signal);
    const queue = new EventQueue<RuntimeEvent>();
    const onMessage = (envelope: EnvelopeValue) => {
      const event = runtimeEventOf(envelope);
      if (event) void this.#settled(event, stop.signal).then(() => queue.push(event));
    };
    this.#channel
      .stream(SUBSCRIBE, { filters: FILTERS }, { signal: stop.signal, onMessage })
      .catch((error: unknown) => queue.fail(error));
    // The subscription is sent on the same connection before this call, so its answer means that both arrived.
    await this.version({ signal });
    yield [];
    yield* queue.batches(signal);
  }

  /** containerd tells of an exit before its statuses do, by 200 ms or, on a busy machine, by seconds; waits until they agree. Never rejects. */
  async #settled(event: RuntimeEvent, signal: AbortSignal): Promise<void> {
    if (event.type === "oom") return;
    const end = this.#clock.monotonic() + SETTLE_MS;
    try {
      for (let wait = FIRST_LOOK_MS; this.#clock.monotonic() < end; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
        if (!(await this.#contradicts(event, signal))) return;
        await this.#clock.sleep(wait, signal);
      }
    } catch {
      // The runtime went away or the reader left: the stream's own failure says so.
    }
  }

  async #contradicts(event: RuntimeEvent, signal: AbortSignal): Promise<boolean> {
    try {
      const { status } = await this.containerStatus(event.id, { signal });
      return status.state === (event.type === "started" ? "CONTAINER_CREATED" : "CONTAINER_RUNNING");
    } catch (error) {
      if (!hasRuntimeCode(error, "NotFound")) throw error;
      return event.type === "exited" && (await this.#isSandboxReady(event.id, signal));
    }
  }

  async #isSandboxReady(id: string, signal: AbortSignal): Promise<boolean> {
    try {
      const { status } = await this.podSandboxStatus(id, { signal });
      return status.state === "SANDBOX_READY";
    } catch (error) {
      if (hasRuntimeCode(error, "NotFound")) return false;
      throw error;
    }
  }
}

/** Aborts what it guards when its scope ends or the outer signal aborts. */
class StopScope implements Disposable {
  readonly #controller = new AbortController();
  readonly signal: AbortSignal;

  constructor(outer: AbortSignal) {
    this.signal = AbortSignal.any([outer, this.#controller.signal]);
  }

  [Symbol.dispose](): void {
    this.#controller.abort();
  }
}
